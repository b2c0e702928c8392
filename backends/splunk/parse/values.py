"""What an expression of `eval` and `where` can be, and how a text is unescaped."""

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import TypeAlias

from sigma_amsi.pipeline.schema import Table
from sigma_amsi.predicate.construct import Known, Spelling
from sigma_amsi.predicate.tree import Predicate
from sigma_amsi.predicate.truth import Truth
from sigma_amsi.term import Column, Term, Text, When
from sigma_amsi.predicate.walk import columns_of
