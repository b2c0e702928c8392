"""Proofs: whether two predicates over the columns of a schema mean the same, and if not, a row on which they differ. Knows no query language."""
