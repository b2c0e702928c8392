"""What Kusto expressions mean: nodes of the grammar as values, and conditions as the rows where they are true and where they are false."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from sigma_amsi.errors import Unreadable
from sigma_amsi.parsing import Cost, Work
from sigma_amsi.pipeline.schema import Table
from sigma_amsi.predicate.construct import Known, Spelling, is_spelled, joined, present, rest_of, when
from sigma_amsi.predicate.tree import FALSE, TRUE, Null, Predicate, Test, any_of, negation
from sigma_amsi.predicate.truth import Side, Truth, certain, choice, conjunction, disjunction, first_known
from sigma_amsi.term import Absent, Column, First, Join, Term, Text, XmlText

from .comparisons import Site, as_number, as_truth, between, compare, constant_number, constant_text, in_list, settled
from .digits import number_text
from .functions import as_string, call, is_known
from .syntax import LIST_OPERATORS, Call, Constant, Items, Member, Name, Node, Operation, Span, Time, calls_in
from .values import KINDS, Bag, Dynamic, Flag, Hexadecimal, Listing, Moment, Number, String, Value


@dataclass(slots=True)
class Computed:
    """A column that the query computes. It is read when it is used: what no condition looks at need not be understood."""

    node: Node
    scope: "Scope"
    cost: Cost[Value] | None = None


@dataclass(frozen=True, slots=True)
class Scope:
    """What names mean at a place of the query.

    computed: columns that the query computed; None where it removed one. whole: whether the table's own columns are still there.
    known: what the conditions before the place say of the rows.
    """

    table: Table
    lets: Mapping[str, Computed] = field(default_factory=dict)
    computed: Mapping[str, Computed | None] = field(default_factory=dict)
    whole: bool = True
    known: Known = field(default_factory=Known)


def has_name(name: str, scope: Scope) -> bool:
    """Whether a name stands for something at a place."""
    if name in scope.computed:
        return scope.computed[name] is not None
    return name in scope.lets or (scope.whole and _typed_column(name, scope.table) is not None)


def check_functions(node: Node) -> None:
    """Raise Unreadable for a function that is not known, whether or not the value of the expression is asked for."""
    for each in calls_in(node):
        if each.function not in _OWN_READING and each.function not in _WITHOUT_VALUE and not is_known(each.function):
            raise Unreadable(f"the function `{each.function}` is not known", each.offset)


class Reader:
    """Reads the expressions of one query."""

    def __init__(self) -> None:
        self._work = Work()
        self._columns: dict[str, Value | None] = {}

    def condition(self, node: Node, scope: Scope, known: Known) -> Truth:
        """The truth of a condition. `known` holds on all rows for which it matters."""
        return as_truth(self.value(node, scope, known), Site(scope.table, known, node.offset))

    def value(self, node: Node, scope: Scope, known: Known) -> Value:
        """The value of any expression."""
        self._work.enter(node.offset)
        value = _READING[type(node)](self, node, scope, known)
        self._work.leave()
        return value

    def _items(self, node: Items, scope: Scope, known: Known) -> Value:
        return Listing(tuple([self.value(item, scope, known) for item in node.items]))

    def _operation(self, node: Operation, scope: Scope, known: Known) -> Truth:
        operator, right = node.operator, node.right
        site = Site(scope.table, known, node.offset)
        if isinstance(right, Span):
            low, high = self.value(right.low, scope, known), self.value(right.high, scope, known)
            return between(operator, self.value(node.left, scope, known), low, high, site)
        read = in_list if isinstance(right, Items) or operator in LIST_OPERATORS else compare
        return read(operator, self.value(node.left, scope, known), self.value(right, scope, known), site)

    def _call(self, node: Call, scope: Scope, known: Known) -> Value:
        own = _OWN_READING.get(node.function)
        if own is not None:
            return own(self, node, scope, known)
        arguments = tuple([self.value(argument, scope, known) for argument in node.arguments])
        return call(node.function, arguments, Site(scope.table, known, node.offset))

    def _connected(self, node: Call, scope: Scope, known: Known) -> Truth:
        """`and`, `or`. What a part says is known to those read after it: in an `and` only rows that pass it matter, in an `or` others."""
        conjunctive = node.function == "and"
        parts: list[Truth | None] = [None] * len(node.arguments)
        for index in _presence_first(node.arguments):
            truth = parts[index] = self.condition(node.arguments[index], scope, known)
            holds = truth.true_when
            if truth.two_valued and (conjunctive or not _is_plain(holds)):
                known = known.and_(settled(holds) if conjunctive else negation(settled(holds)))
        connect = conjunction if conjunctive else disjunction
        return connect(truth for truth in parts if truth is not None)

    def _column(self, node: Name | Member, scope: Scope) -> Value:
        path: list[str] = []
        base: Node = node
        while isinstance(base, Member):
            path.append(base.name)
            base = base.of
        if isinstance(base, Call) and base.function in _OF_JSON and len(base.arguments) == 1:
            base = self._json(base, path, scope)
        if not isinstance(base, Name):
            raise Unreadable("a member of a computed value is not known", node.offset)
        path.append(base.name)
        if base.name in scope.computed or base.name in scope.lets:
            if len(path) > 1:
                raise Unreadable("a member of a computed value is not known", node.offset)
            return self._named(base, scope)
        column = ".".join(reversed(path))
        value = self._typed(column, scope.table) if scope.whole else None
        if value is None:
            raise Unreadable(f"the table {scope.table.name} has no column {column} here", node.offset)
        return value

    def _typed(self, column: str, table: Table) -> Value | None:
        """As `_typed_column`, which is asked once for each column: a query has one table."""
        if column not in self._columns:
            self._columns[column] = _typed_column(column, table)
        return self._columns[column]

    def _json(self, node: Call, path: list[str], scope: Scope) -> Name:
        """The column that `parse_json` reads, where the schema knows its members; of a dynamic column `parse_json` is that column."""
        (of,) = node.arguments
        if not isinstance(of, Name) or not path or scope.table.column(".".join([of.name, *reversed(path)])) is None:
            raise Unreadable("the members of a text that holds JSON are not known", node.offset)
        return of

    def _named(self, node: Name, scope: Scope) -> Value:
        computed = scope.computed.get(node.name) if node.name in scope.computed else scope.lets[node.name]
        if computed is None:
            raise Unreadable(f"the query has removed the column {node.name}", node.offset)
        if computed.cost is not None:
            return self._work.reuse(computed.cost, node.offset)
        before, outer = self._work.steps, self._work.deepest
        self._work.deepest = self._work.depth
        value = self.value(computed.node, computed.scope, computed.scope.known)
        computed.cost = Cost(value, self._work.steps - before, self._work.deepest - self._work.depth)
        self._work.deepest = max(outer, self._work.deepest)
        return value

    def _case(self, node: Call, scope: Scope, known: Known) -> Value:
        """`case` and `iff`: a condition that is null counts as one that is false."""
        if len(node.arguments) < 3 or len(node.arguments) % 2 == 0 or (node.function != "case" and len(node.arguments) != 3):
            raise Unreadable(f"`{node.function}` does not take {len(node.arguments)} arguments", node.offset)
        branches: list[tuple[Predicate, Value]] = []
        for condition, then in zip(node.arguments[:-1:2], node.arguments[1::2], strict=True):
            truth = self.condition(condition, scope, known)
            holds = settled(truth.true_when)
            branches.append((holds, self.value(then, scope, known.and_(holds))))
            if truth.two_valued:
                known = known.and_(negation(holds))
        result = self.value(node.arguments[-1], scope, known)
        for holds, value in reversed(branches):
            result = _either(holds, value, result, Site(scope.table, known, node.offset))
        return result

    def _coalesce(self, node: Call, scope: Scope, known: Known) -> Value:
        """The first that is not null, and for strings not empty (page *coalesce()*)."""
        site = Site(scope.table, known, node.offset)
        values = [self.value(argument, scope, known) for argument in node.arguments]
        if len(values) < 2:
            raise site.unreadable("`coalesce` takes at least two arguments")
        if all(isinstance(value, String) for value in values):
            strings = [value for value in values if isinstance(value, String)]
            return String(_first(strings), _common_spelling(strings, site))
        if all(isinstance(value, Number) and not value.digits for value in values):
            return Number(First(tuple(value.term for value in values if isinstance(value, Number))))
        if all(isinstance(value, Truth | Flag) for value in values):
            truths = [as_truth(value, site) for value in values]
            result = truths.pop()
            while truths:
                result = first_known(truths.pop(), result)
            return result
        raise site.unreadable("`coalesce` takes strings, numbers or conditions of one type; tostring() makes a string of a dynamic value")

    def _strcat(self, node: Call, scope: Scope, known: Known) -> Value:
        site = Site(scope.table, known, node.offset)
        nodes = list(_spliced(node))
        if node.function == "strcat_delim":
            delimiter, *others = nodes
            nodes = [each for other in others for each in (delimiter, other)][1:]
        values = [self.value(each, scope, known) for each in nodes]
        for index, value in enumerate(values):
            if isinstance(value, Hexadecimal):
                before, after = ("".join(constant_text(part) or "" for part in side) for side in (values[:index], values[index + 1 :]))
                term = number_text(before, value, after, known)
                if term is None or not all(constant_text(part) is not None for part in values if part is not value):
                    raise site.unreadable(
                        "a hexadecimal number is read in a Windows spelling, of a number that a test before it leaves small enough"
                    )
                return String(term)
        return _concatenated([as_string(value, site) for value in values], site)

    def _substring(self, node: Call, scope: Scope, known: Known) -> Value:
        """The rest of a text after a beginning that it is known to have."""
        if len(node.arguments) == 2:
            value = as_string(self.value(node.arguments[0], scope, known), Site(scope.table, known, node.offset))
            start = constant_number(self.value(node.arguments[1], scope, known))
            rest = rest_of(value.term, int(start), known) if start is not None and value.spelling is None else None
            if rest is not None:
                return String(rest)
        raise Unreadable("`substring` is read where a `startswith` of that length holds", node.offset)

    def _replace_string(self, node: Call, scope: Scope, known: Known) -> Value:
        """The decoding of XML, in any order that ends with `&amp;`."""
        pairs: list[tuple[object, object]] = []
        inner: Node = node
        while isinstance(inner, Call) and inner.function == "replace_string" and len(inner.arguments) == 3:
            inner, old, new = inner.arguments
            pairs.append((old.value if isinstance(old, Constant) else None, new.value if isinstance(new, Constant) else None))
        if len(pairs) != 3 or pairs[0] != ("&amp;", "&") or set(pairs[1:]) != {("&lt;", "<"), ("&gt;", ">")}:
            raise Unreadable("`replace_string` is read only as the decoding of `&lt;`, `&gt;` and then `&amp;`", node.offset)
        value = as_string(self.value(inner, scope, known), Site(scope.table, known, node.offset))
        return String(XmlText(value.term), value.spelling)

    def _column_ifexists(self, node: Call, scope: Scope, known: Known) -> Value:
        match node.arguments:
            case (Constant(str() as name), default):
                column = Name(name, node.offset)
                if has_name(name, scope):
                    return self._column(column, scope)
                return self.value(default, scope, known)
        raise Unreadable("`column_ifexists` takes a name and a default", node.offset)


def _typed_column(name: str, table: Table) -> Value | None:
    """A column of the table as a value of its type; None when there is no such column."""
    column = table.column(name)
    if column is None:
        return Bag(name) if any(other.startswith(f"{name}.") for other in table.columns) else None
    term = Column(name)
    match column.kind:
        case "integer":
            return Number(term)
        case "boolean":
            return Flag(term)
        case "time":
            return Moment(term)
        case "dynamic":
            return Dynamic(term)
    return String(term)


def _constant(node: Constant) -> Value:
    if node.value is None:
        raise Unreadable("a null constant is not read", node.offset)
    if isinstance(node.value, str):
        return String(Text(node.value) if node.value else Absent())
    return as_number(node.value) if isinstance(node.value, Decimal) else certain(TRUE if node.value else FALSE)


def _arithmetic(node: Call) -> Value:
    raise Unreadable("arithmetic is not read", node.offset)


def _either(condition: Predicate, then: Value, otherwise: Value, site: Site) -> Value:
    match then, otherwise:
        case String(), String():
            return String(when(condition, then.term, otherwise.term), _common_spelling([then, otherwise], site))
        case Number(digits=False), Number(digits=False):
            return Number(when(condition, then.term, otherwise.term))
        case Dynamic(), Dynamic():
            return Dynamic(when(condition, then.term, otherwise.term))
        case ((Truth() | Flag()), (Truth() | Flag())):
            return choice(condition, as_truth(then, site), as_truth(otherwise, site))
    raise site.unreadable(f"{KINDS[type(then)]} and {KINDS[type(otherwise)]} are not alternatives")


def _first(strings: list[String]) -> Term:
    terms: list[Term] = []
    for string in strings:
        if not isinstance(string.term, Absent):
            terms.append(string.term)
        if isinstance(string.term, Text):
            break
    return First(tuple(terms)) if len(terms) > 1 else terms[0] if terms else Absent()


def _common_spelling(strings: list[String], site: Site) -> Spelling | None:
    """The spelling that all texts have in common; a constant has any that it is written in."""
    spellings = {string.spelling for string in strings if constant_text(string) is None}
    if len(spellings) > 1:
        raise site.unreadable("texts of different spelling are put together")
    spelling = next(iter(spellings), None)
    if spelling and not all(is_spelled(constant_text(string) or "", spelling) for string in strings):
        raise site.unreadable("texts of different spelling are put together")
    return spelling


def _spliced(node: Call) -> Iterator[Node]:
    """The arguments of `strcat`, with those of a `strcat` among them in its place."""
    for argument in node.arguments:
        if node.function == "strcat" and isinstance(argument, Call) and argument.function == "strcat":
            yield from _spliced(argument)
        else:
            yield argument


def _concatenated(strings: list[String], site: Site) -> String:
    """`strcat`: always a text, whereas a join is absent when all its parts are."""
    term = joined((string.term for string in strings), site.known)
    spelling = _common_spelling(strings, site)
    if not isinstance(term, Join):
        return String(term, spelling)
    constant = "".join(part.value for part in term.parts if isinstance(part, Text))
    if not constant or site.known.has(term):
        return String(term, spelling)
    return String(when(any_of(present(part) for part in term.parts if not isinstance(part, Text)), term, Text(constant)), spelling)


def _presence_first(nodes: tuple[Node, ...]) -> list[int]:
    """The places of the parts, with those first that test whether a value is there."""
    return sorted(range(len(nodes)), key=[not _tests_presence(node) for node in nodes].__getitem__)


def _is_plain(holds: Side) -> bool:
    """Whether nothing is known of the rows that fail this test: a row may fail it without having a value."""
    return isinstance(holds, Test) and not isinstance(holds.holds, Null)


def _tests_presence(node: Node) -> bool:
    if isinstance(node, Operation):
        return node.operator in ("==", "!=") and isinstance(node.right, Constant) and node.right.value == ""
    if not isinstance(node, Call):
        return False
    if node.function == "not" and len(node.arguments) == 1:
        return _tests_presence(node.arguments[0])
    return node.function in ("isempty", "isnotempty", "isnull", "isnotnull")


_OF_JSON = ("parse_json", "todynamic")
_WITHOUT_VALUE = (*_OF_JSON, "typeof")
"""Functions that exist, but have no value that is read: of what `parse_json` gives only the members are."""

_OWN_READING: Mapping[str, Callable[[Reader, Call, Scope, Known], Value]] = {
    "and": Reader._connected,
    "or": Reader._connected,
    "iff": Reader._case,
    "iif": Reader._case,
    "case": Reader._case,
    "coalesce": Reader._coalesce,
    "strcat": Reader._strcat,
    "strcat_delim": Reader._strcat,
    "substring": Reader._substring,
    "replace_string": Reader._replace_string,
    "column_ifexists": Reader._column_ifexists,
    "columnifexists": Reader._column_ifexists,
    "arithmetic": lambda _reader, node, _scope, _known: _arithmetic(node),
}
"""Functions that choose among expressions, or look at how their arguments are written."""

_READING: Mapping[type[Node], Callable[[Reader, Any, Scope, Known], Value]] = {
    Constant: lambda _reader, node, _scope, _known: _constant(node),
    Time: lambda _reader, _node, _scope, _known: Moment(None),
    Items: Reader._items,
    Name: lambda reader, node, scope, _known: reader._column(node, scope),
    Member: lambda reader, node, scope, _known: reader._column(node, scope),
    Call: Reader._call,
    Operation: Reader._operation,
}
"""What reads a node. A `Span` is read with the operation that it belongs to."""
