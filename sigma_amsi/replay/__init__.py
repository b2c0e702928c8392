"""Replay: rules, and the queries that they become, on recorded events.

`samples` finds the events that a rule is tested with, `near` makes others at the edges of what it says. `run` holds a rule and its query to them,
`sweep` runs all rules on all events. A query is run as what its language's parser reads in its text, on the rows that the SIEM makes of the events.
"""
