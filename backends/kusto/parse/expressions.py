"""What Kusto expressions mean: nodes of the grammar into values, each condition as the rows on which it is true and on which it is false."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from sigma_amsi.errors import Unreadable
from sigma_amsi.parsing import Cost, Work
from sigma_amsi.pattern import ANY_MANY
from sigma_amsi.pipeline.schema import Table
from sigma_amsi.predicate.construct import Known, Spelling, is_spelled, joined, present, when
from sigma_amsi.predicate.tree import TRUE, Matches, Predicate, any_of, negation
from sigma_amsi.predicate.truth import Truth, certain, choice, conjunction, disjunction, null_side
from sigma_amsi.term import Absent, Column, First, Join, Prefix, Term, Text, XmlText

from .comparisons import Site, as_number, as_truth, between, compare, constant_number, constant_text, in_list, settled
from .digits import number_text
from .functions import as_string, call
from .syntax import Call, Constant, Items, Member, Name, Node, Operation, Span, Time
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


class Reader:
    """Reads the expressions of one query."""

    def __init__(self) -> None:
        self._work = Work()

    def condition(self, node: Node, scope: Scope, known: Known) -> Truth:
        """The truth of a condition. `known` holds on all rows for which it matters."""
        return as_truth(self.value(node, scope, known), Site(scope.table, known, node.offset))

    def value(self, node: Node, scope: Scope, known: Known) -> Value:
        """The value of any expression."""
        self._work.enter(node.offset)
        value = self._value(node, scope, known)
        self._work.leave()
        return value

    def _value(self, node: Node, scope: Scope, known: Known) -> Value:
        match node:
            case Constant(value):
                return _constant(value, node.offset)
            case Time():
                return Moment(None)
            case Items(items):
                return Listing(tuple(self.value(item, scope, known) for item in items))
            case Name() | Member():
                return self._column(node, scope)
            case Operation("between" | "!between", left, Span(low, high)):
                bounds = self.value(low, scope, known), self.value(high, scope, known)
                return between(node.operator, self.value(left, scope, known), *bounds, Site(scope.table, known, node.offset))
            case Operation(operator, left, right):
                read = in_list if isinstance(right, Items) or operator.startswith(("in", "!in", "has_a")) else compare
                return read(operator, self.value(left, scope, known), self.value(right, scope, known), Site(scope.table, known, node.offset))
            case Call():
                return self._call(node, scope, known)
        raise AssertionError(node)

    def _call(self, node: Call, scope: Scope, known: Known) -> Value:
        match node.function:
            case "and" | "or":
                return self._connected(node, scope, known)
            case "iff" | "iif" | "case":
                return self._case(node, scope, known)
            case "coalesce":
                return self._coalesce(node, scope, known)
            case "strcat" | "strcat_delim":
                return self._strcat(node, scope, known)
            case "substring":
                return self._substring(node, scope, known)
            case "replace_string":
                return self._replace_string(node, scope, known)
            case "column_ifexists" | "columnifexists":
                return self._column_ifexists(node, scope, known)
            case "arithmetic":
                raise Unreadable("arithmetic is not read", node.offset)
        arguments = tuple(self.value(argument, scope, known) for argument in node.arguments)
        return call(node.function, arguments, Site(scope.table, known, node.offset))

    def _connected(self, node: Call, scope: Scope, known: Known) -> Truth:
        """`and`, `or`: what a part says of presence is known to the others, since only rows that pass it (or fail it, in an `or`) matter there."""
        conjunctive = node.function == "and"
        parts: dict[int, Truth] = {}
        for index in sorted(range(len(node.arguments)), key=lambda index: not _tests_presence(node.arguments[index])):
            truth = parts[index] = self.condition(node.arguments[index], scope, known)
            if truth.two_valued:
                holds = settled(truth.true_when)
                known = known.and_(holds if conjunctive else negation(holds))
        connect = conjunction if conjunctive else disjunction
        return connect(parts[index] for index in range(len(parts)))

    def _column(self, node: Name | Member, scope: Scope) -> Value:
        path: list[str] = []
        base: Node = node
        while isinstance(base, Member):
            path.append(base.name)
            base = base.of
        if not isinstance(base, Name):
            if isinstance(base, Call) and base.function in ("parse_json", "todynamic") and len(base.arguments) == 1:
                raise Unreadable("the members of a text that holds JSON are not known", base.offset)
            raise Unreadable("a member of a computed value is not known", node.offset)
        path.append(base.name)
        if base.name in scope.computed or base.name in scope.lets:
            if len(path) > 1:
                raise Unreadable("a member of a computed value is not known", node.offset)
            return self._named(base, scope)
        column = ".".join(reversed(path))
        value = _typed_column(column, scope.table) if scope.whole else None
        if value is None:
            raise Unreadable(f"the table {scope.table.name} has no column {column} here", node.offset)
        return value

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
            site.fail("`coalesce` takes at least two arguments")
        if all(isinstance(value, String) for value in values):
            strings = [value for value in values if isinstance(value, String)]
            return String(_first(strings), _common_spelling(strings, site))
        if all(isinstance(value, Number) and not value.digits for value in values):
            return Number(First(tuple(value.term for value in values if isinstance(value, Number))))
        if all(isinstance(value, Truth | Flag) for value in values):
            result = as_truth(values[-1], site)
            for value in reversed(values[:-1]):
                truth = as_truth(value, site)
                result = choice(settled(null_side(truth)), result, Truth(truth.true_when, truth.false_when))
                if truth.two_valued:
                    result = truth
            return _without_null(result, values, site)
        site.fail("`coalesce` takes strings, numbers or conditions; tostring() makes a string of a dynamic value")
