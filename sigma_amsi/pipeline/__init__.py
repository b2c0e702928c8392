"""Pipelines, schemas and site files, and the substitution of columns for the fields of a rule.

`read.load_pipeline` reads a pipeline, `log_sources.find_log_source` finds a rule's log source in it, `substitute.substitute` says the rule over its
columns. The formats of the files are in `schema.schema.json`, `pipeline.schema.json` and `site.schema.json` beside this file.
"""
