"""Differential fuzzing: random queries on random rows, answered by a real engine and by our parser's reading of the same text.

`python -m tests.differential --engine lucene9 --cases 20000 --seed 1` runs one; `--help` lists the engines. Queries come from two sources:
our generator's text for random predicates, and random text of the language beyond what the generator writes. A disagreement is made as
small as it can be and belongs, once decided, into `cases/`, which the tests replay.

EQL and SPL are not here: no engine of theirs can be installed.
"""
