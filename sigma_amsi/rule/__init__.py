"""Sigma rules: from YAML to predicates, with the place of everything that is wrong."""

from sigma_amsi.rule.model import LogSource, Related, Rule
from sigma_amsi.rule.read import load, load_rule, read_text

__all__ = ["LogSource", "Related", "Rule", "load", "load_rule", "read_text"]
