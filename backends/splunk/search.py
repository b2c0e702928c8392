"""Predicates as expressions of the `search` command, as far as it can say them.

`search` compares without case, one field with one value or list, and is two-valued: `NOT f=v` holds where the field is missing.
"""

from functools import lru_cache
from itertools import product
from math import prod

from sigma_amsi.characters import Chars
from sigma_amsi.errors import Refused
from sigma_amsi.pattern import ANY_MANY, AnyMany, Pattern
from sigma_amsi.pipeline.schema import Table
from sigma_amsi.predicate.tree import And, AnyField, Compare, Exists, InNetwork, Matches, Not, Null, Or, Predicate, Test
from sigma_amsi.term import Column, Term, XmlText

from .layout import Expression, Leaf, Listing, every, negated, some
from .plain import plain_value
from .text import is_time_range, search_name, search_value
from .xml import spellings

MOST_ALTERNATIVES = 64
"""`search` has no sets of characters. A pattern with more spellings than this is left to `where`."""


def search_expression(predicate: Predicate, table: Table) -> Expression | None:
    """The expression that says the predicate, or None where a part of it needs `where`."""
    if isinstance(predicate, Test):
        return _test(predicate, table)
    if isinstance(predicate, Not):
        denied = search_expression(predicate.part, table)
        return None if denied is None else negated(denied)
    parts: list[Expression] = []
    for part in predicate.parts if isinstance(predicate, And) else _with_lists(predicate):
        # A comprehension would cost a second stack frame for every level.
        said = _list(*part) if isinstance(part, tuple) else search_expression(part, table)
        if said is None:
            return None
        parts.append(said)
    if not parts:
        return None  # true and false have no words in `search`
    return every(parts) if isinstance(predicate, And) else some(parts)


def column_of(subject: Term | AnyField) -> Column | None:
    """The column behind a subject that `search` can name."""
    if isinstance(subject, XmlText):
        subject = subject.of
    return subject if isinstance(subject, Column) else None


def _with_lists(predicate: Or) -> list[Predicate | tuple[Term, list[Matches]]]:
    """The parts of a disjunction, with the values that one subject may have together."""
    lists: dict[Term | AnyField, list[Matches]] = {}
    parts: list[Predicate | tuple[Term, list[Matches]]] = []
    for part in predicate.parts:
        if (
            not isinstance(part, Test)
            or not isinstance(part.holds, Matches)
            or isinstance(part.subject, AnyField)
            or _is_anything(part.holds)
        ):
            parts.append(part)
        elif part.subject in lists:
            lists[part.subject].append(part.holds)
        else:
            lists[part.subject] = [part.holds]
            parts.append((part.subject, lists[part.subject]))
    return parts


def _list(subject: Term | AnyField, matchers: list[Matches]) -> Expression | None:
    """That the subject matches one of the patterns; None where `search` cannot say it of them all."""
    column = column_of(subject)
    if column is None or is_time_range(column.name):
        return None
    values: dict[str, None] = {}
    for holds in matchers:
        if holds.cased and holds.pattern.has_case:
            return None
        if (plain := plain_value(holds.pattern)) is not None:
            values[plain] = None
            continue
        spelled = _values(holds.pattern, is_xml=isinstance(subject, XmlText))
        if spelled is None:
            return None
        values.update(dict.fromkeys(spelled))
    name = search_name(column.name, Test(subject, matchers[0]))
    return Leaf(f"{name}={next(iter(values))}") if len(values) == 1 else Listing(f"{name} IN", tuple(values))


def _test(test: Test, table: Table) -> Expression | None:
    column = column_of(test.subject)
    if column is None or is_time_range(column.name):
        return None
    name = search_name(column.name, test)
    match test.holds:
        case Null():
            check_emptiness(column, table, test)
            return negated(Leaf(f"{name}=*"))
        case Exists() | Matches(Pattern((AnyMany(),))):
            check_emptiness(column, table, test)
            return Leaf(f"{name}=*")
        case Matches() as holds:
            return _list(test.subject, [holds])
        case InNetwork(network):
            return Leaf(f'{name}="{network}"')
        case Compare(operator, number):
            check_number(column, table, test)
            return Leaf(f"{name}{operator}{number:f}")
    return None


def _is_anything(holds: Matches) -> bool:
    return holds.pattern.tokens == (ANY_MANY,)


@lru_cache(maxsize=1024)  # numbers and channels are asked for again and again
def _values(pattern: Pattern, *, is_xml: bool) -> list[str] | None:
    """The quoted values of which one has to be equal, by `search`'s own reading; None where it has none."""
    spelled: list[Pattern] = []
    for alternative in _alternatives(pattern):
        found = spellings(alternative) if is_xml else [alternative]
        if found is None:
            return None
        spelled += found
    values = [value for each in spelled if (value := search_value(each)) is not None]
    return values if values and len(values) == len(spelled) else None


def _alternatives(pattern: Pattern) -> list[Pattern]:
    """The pattern with each set of characters written out; none where that takes too many patterns."""
    count = prod(len(token) for token in pattern.tokens if isinstance(token, Chars))
    if count == 1:
        return [pattern]
    if not 0 < count <= MOST_ALTERNATIVES:
        return []
    choices = [list(token) if isinstance(token, Chars) else [token] for token in pattern.tokens]
    return [Pattern.of(*tokens) for tokens in product(*choices)]


def check_emptiness(column: Column, table: Table, test: Test) -> None:
    """Refuse to tell absent from empty: whether `f=*` and `isnull` take an empty value for one is not documented."""
    kind = table.column(column.name)
    assert kind is not None, f"there is no column {column.name}"
    if kind.kind == "text" and "" not in kind.absent_for:
        raise Refused("null-and-empty", f"Splunk does not say whether an empty {column.name} counts as missing", test=test)


def check_number(column: Column, table: Table, test: Test) -> None:
    """Refuse to compare a text by order: Splunk then compares character by character."""
    kind = table.column(column.name)
    assert kind is not None, f"there is no column {column.name}"
    if kind.kind != "integer":
        raise Refused(
            "number-order",
            f"{column.name} may hold text, which Splunk would order character by character",
            hint="declare the column as an integer in your site file, or use a target whose column is numeric",
            test=test,
        )
