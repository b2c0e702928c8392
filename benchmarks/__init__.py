"""Measurements on a corpus of rules: what becomes of them, and how long it takes. Each module prints tables for the README."""
