"""Tests of reading pipelines, and of substitution."""
