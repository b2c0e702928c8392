"""Predicates: the tree, and what it means on an event or a row."""
