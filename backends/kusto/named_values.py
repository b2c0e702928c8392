"""Tests on a list of named values, such as `SHA1=…,MD5=…`, said as tests on the columns that the list is put together from.

A hash is looked up in its own column at once; the text of the whole list would first have to be made for every row.
"""

import re

from sigma_amsi.characters import fold
from sigma_amsi.pattern import ANY_MANY, starting
from sigma_amsi.predicate.pushing import Push, Pushed
from sigma_amsi.predicate.tree import Matcher, Matches
from sigma_amsi.term import Join, Term, Text

_named_value = re.compile("([A-Za-z0-9]+=)([A-Za-z0-9]+)").fullmatch


def named_value(term: Term, holds: Matcher, push: Push) -> Pushed:
    """Asks the column behind `name=` for a value that is looked for as `*name=value*`; None for any other test.

    No column of such a list has a `=` in it, which is the schema's fact: so what stands behind `name=` is the beginning of that column.
    """
    if not isinstance(term, Join) or not isinstance(holds, Matches):
        return None
    match holds.pattern.tokens:
        case (first, str(text), last) if first == last == ANY_MANY and (found := _named_value(text)):
            named = [part for name, part in zip(term.parts, term.parts[1:], strict=False) if _is_name(name, found[1])]
            if len(named) == 1:
                return push(named[0], [Matches(starting(found[2]), holds.cased)])
    return None


def _is_name(part: Term, name: str) -> bool:
    return isinstance(part, Text) and fold(part.value).endswith(fold(name))
