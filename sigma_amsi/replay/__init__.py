"""Replay: rules, and the queries that they become, on recorded events.

`samples.samples_of(rule)` finds the events that a rule is tested with and what is expected of them. `subjects` are what is run: the rule itself, and its
query on the rows that a SIEM makes of the events. `run` compares.
"""
