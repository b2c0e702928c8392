"""Regular expressions: one tree, read from and written to the dialects of the query languages."""
