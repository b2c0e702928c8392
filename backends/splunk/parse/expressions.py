"""What expressions of `eval` and `where` mean, each condition as the rows on which it is true and on which it is false."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from ipaddress import ip_network
from typing import TypeAlias

from msgspec import Struct, field

from sigma_amsi.characters import fold, other_case
from sigma_amsi.errors import Unreadable
from sigma_amsi.parsing import Cost, Work
from sigma_amsi.pipeline.schema import Table
from sigma_amsi.predicate.construct import Known, Spelling, absent, can_be_empty, is_spelled, joined, present, rest_of, test, when
from sigma_amsi.predicate.evaluate import canonical_decimal
from sigma_amsi.predicate.tree import FALSE, TRUE, Compare, InNetwork, Matches, Predicate, any_of, negation
from sigma_amsi.predicate.truth import Open, Truth, certain, choice, conjunction, disjunction, exclusive, opposite
from sigma_amsi.term import Absent, Column, First, Term, Text, XmlText

from .comparisons import compare, open_if_absent, settled
from .literals import like_pattern, plain_text, regular_expression, unescaped
from .search import read_search
from .source import Command, Source
from .syntax import Call, Comparison, Constant, Name, Node
from .values import KINDS, Found, Length, Number, Numeric, Site, String, Value, constant_text


class Computed(Struct):
    """A field that `eval` computes. It is read when it is used: what no condition looks at need not be understood."""

    node: Node
    scope: "Scope"
    cost: Cost[Value] | None = None


class Given(Struct, frozen=True):
    """A field whose value is known already."""

    value: Value


class Hidden(Struct, frozen=True):
    """A field that cannot be used any more, and why."""

    reason: str


Entry: TypeAlias = Computed | Given | Hidden


class Scope(Struct, frozen=True):
    """What field names mean at a place of the search.

    own: fields that commands made or removed. kept: what the name of a field that the event itself has must pass to be still there.
    known: what the conditions before the place say of the rows.
    """

    table: Table
    own: Mapping[str, Entry] = field(default_factory=dict)
    kept: tuple[Callable[[str], bool], ...] = ()
    known: Known = field(default_factory=Known)


class Reader:
    """Reads the expressions of one search."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._work = Work()

    def condition(self, node: Node, scope: Scope, known: Known) -> Truth:
        """The truth of a condition. `known` holds on all rows for which it matters."""
        value = self.value(node, scope, known)
        if not isinstance(value, Truth):
            raise Unreadable(f"{KINDS[type(value)]} is no condition", node.offset)
        return value

    def value(self, node: Node, scope: Scope, known: Known) -> Value:
        """The value of any expression."""
        self._work.enter(node.offset)
        value = self._value(node, scope, known)
        self._work.leave()
        return value

    def field(self, name: str, offset: int, scope: Scope) -> Value:
        """The value of a field."""
        entry = scope.own.get(name)
        if entry is None:
            if scope.table.column(name) is None or not all(is_kept(name) for is_kept in scope.kept):
                raise Unreadable(f"the events have no field {name} here", offset)
            return String(Column(name))
        if isinstance(entry, Hidden):
            raise Unreadable(f"{name}: {entry.reason}", offset)
        if isinstance(entry, Given):
            return entry.value
        if entry.cost is not None:
            return self._work.reuse(entry.cost, offset)
        before, outer = self._work.steps, self._work.deepest
        self._work.deepest = self._work.depth
        value = self.value(entry.node, entry.scope, entry.scope.known)
        if isinstance(value, Truth):
            raise Unreadable("a condition cannot be the value of a field", entry.node.offset)
        entry.cost = Cost(value, self._work.steps - before, self._work.deepest - self._work.depth)
        self._work.deepest = max(outer, self._work.deepest)
        return value

    def search(self, command: Command, scope: Scope) -> Predicate:
        """What the arguments of a `search` command say."""
        return read_search(self._source, command, scope.table, lambda name, offset: self.field(name, offset, scope))

    def _value(self, node: Node, scope: Scope, known: Known) -> Value:
        match node:
            case Constant(str(text)):
                return String(Text(plain_text(text, Site(scope.table, known, node.offset))))
            case Constant(Decimal() as number):
                return Number(number)
            case Name(name):
                return self.field(name, node.offset, scope)
            case Comparison("like", left, right):
                return self._like(left, right, scope, known)
            case Comparison(operator, left, right):
                return compare(
                    operator, self.value(left, scope, known), self.value(right, scope, known), Site(scope.table, known, node.offset)
                )
            case Call():
                return self._call(node, scope, known)
        raise AssertionError(node)

    def _call(self, node: Call, scope: Scope, known: Known) -> Value:
        match node.function, node.arguments:
            case ("AND" | "OR", _):
                return self._connected(node, scope, known)
            case "XOR", parts:
                truth = self.condition(parts[0], scope, known)
                for part in parts[1:]:
                    truth = exclusive(truth, self.condition(part, scope, known))
                return truth
            case "NOT", (part,):
                return opposite(self.condition(part, scope, known))
            case (("true" | "false"), ()):
                return certain(TRUE if node.function == "true" else FALSE)
            case "null", ():
                return String(Absent())
            case "if", (condition, then, otherwise):
                return self._case(((condition, then),), otherwise, node, scope, known)
            case "case", (_, _, *_) if len(node.arguments) % 2 == 0:
                pairs = tuple(zip(node.arguments[::2], node.arguments[1::2], strict=True))
                return self._case(pairs, None, node, scope, known)
            case "in", (value, _, *_):
                return self._in(value, node.arguments[1:], node, scope, known)
            case "like", (value, pattern):
                return self._like(value, pattern, scope, known)
            case "match", (value, Constant(str(text))):
                site = Site(scope.table, known, node.offset)
                return open_if_absent(self._field(value, scope, known), regular_expression(text, site), "match()", site)
            case "cidrmatch", (Constant(str(text)), value):
                return self._cidrmatch(text, value, node, scope, known)
            case "searchmatch", (Constant(str(text)),):
                return certain(self._searchmatch(text, node, scope))
            case (("isnull" | "isnotnull"), (value,)):
                truth = self._isnull(value, scope, known)
                return truth if node.function == "isnull" else opposite(truth)
            case "coalesce", (_, *_):
                return self._coalesce(node, scope, known)
            case ".", parts:
                return self._concatenated(parts, node, scope, known)
            case (("lower" | "upper"), (value,)):
                return _spelled(self._field(value, scope, known), "lower" if node.function == "lower" else "upper")
            case "len", (value,):
                return Length(self._field(value, scope, known).term)
            case "tonumber", (value,):
                return self._tonumber(value, scope, known)
            case "tostring", (value,):
                return self._text(value, scope, known)
            case "substr", (value, Constant(Decimal() as start)):
                return self._substr(value, start, scope, known)
            case "replace", (_, _, _):
                return self._replace(node, scope, known)
            case "mvfind", (value, Constant(str(text))):
                holds = regular_expression(text, Site(scope.table, known, node.offset))
                return Found(test(self._plain_field(value, scope, known).term, holds))
        what = "arithmetic" if node.function == "arithmetic" else f"`{node.function}` with {len(node.arguments)} arguments of this kind"
        raise Unreadable(f"{what} is not read", node.offset)

    def _connected(self, node: Call, scope: Scope, known: Known) -> Truth:
        """`AND`, `OR`. What a part says is known to those read after it: in an `AND` only rows that pass it matter, in an `OR` others."""
        conjunctive = node.function == "AND"
        parts: dict[int, Truth] = {}
        for index in sorted(range(len(node.arguments)), key=lambda index: not _tests_presence(node.arguments[index])):
            truth = parts[index] = self.condition(node.arguments[index], scope, known)
            if truth.two_valued:
                holds = settled(truth.true_when)
                known = known.and_(holds if conjunctive else negation(holds))
        connect = conjunction if conjunctive else disjunction
        return connect(parts[index] for index in range(len(parts)))

    def _case(self, pairs: tuple[tuple[Node, Node], ...], default: Node | None, node: Call, scope: Scope, known: Known) -> Value:
        """`if` and `case`: a condition that is null counts as one that is false, and without a default the result is null."""
        branches: list[tuple[Predicate, Value]] = []
        for condition, then in pairs:
            truth = self.condition(condition, scope, known)
            holds = settled(truth.true_when)
            branches.append((holds, self._branch(then, scope, known.and_(holds))))
            if truth.two_valued:
                known = known.and_(negation(holds))
        result = String(Absent()) if default is None else self._branch(default, scope, known)
        for holds, value in reversed(branches):
            result = _either(holds, value, result, Site(scope.table, known, node.offset))
        return result

    def _branch(self, node: Node, scope: Scope, known: Known) -> Value:
        value = self.value(node, scope, known)
        return String(Text(canonical_decimal(value.number))) if isinstance(value, Number) else value

    def _in(self, value: Node, items: tuple[Node, ...], node: Call, scope: Scope, known: Known) -> Truth:
        """Equality with one of the list: no wildcards, no networks ("Comparison and Conditional functions", in)."""
        site = Site(scope.table, known, node.offset)
        left = self.value(value, scope, known)
        return disjunction(compare("=", left, self.value(item, scope, known), site) for item in items)

    def _like(self, value: Node, pattern: Node, scope: Scope, known: Known) -> Truth:
        site = Site(scope.table, known, value.offset)
        if not isinstance(pattern, Constant) or not isinstance(pattern.value, str):
            raise site.unreadable("LIKE is read with a constant pattern")
        holds = Matches(like_pattern(pattern.value, Site(scope.table, known, pattern.offset)), cased=True)
        return open_if_absent(self._field(value, scope, known), holds, "LIKE", site)

    def _cidrmatch(self, text: str, value: Node, node: Call, scope: Scope, known: Known) -> Truth:
        try:
            network = ip_network(unescaped(text))
        except ValueError as error:
            raise Unreadable(f"{text!r} is not read as a network", node.offset) from error
        term = self._plain_field(value, scope, known).term
        return Truth(test(term, InNetwork(network)), Open("what cidrmatch() gives for what is no address is not documented", node.offset))

    def _searchmatch(self, text: str, node: Call, scope: Scope) -> Predicate:
        inner = Source(unescaped(text), origins=[node.offset], expanded=[True])
        if "`" in text or "|" in text or "[" in text:
            raise Unreadable("searchmatch() takes a search without macros and commands", node.offset)
        return read_search(inner, Command(0, len(inner.text)), scope.table, lambda name, offset: self.field(name, offset, scope))

    def _isnull(self, node: Node, scope: Scope, known: Known) -> Truth:
        value = self.value(node, scope, known)
        match value:
            case Found(somewhere):
                return certain(negation(somewhere))
            case Numeric(term):
                return certain(negation(any_of([test(term, Compare(">=", Decimal(0))), test(term, Compare("<", Decimal(0)))])))
            case String(Column() as term) if can_be_empty(term, scope.table) and not known.has(term):
                raise Unreadable("whether an empty value of an event is null is not documented", node.offset)
            case String(term) | Length(term):
                return certain(FALSE if known.has(term) else absent(term))
            case Number():
                return certain(FALSE)
        raise Unreadable("whether a condition is null is not read", node.offset)

    def _coalesce(self, node: Call, scope: Scope, known: Known) -> Value:
        """The first that is not null; an empty text is not null ("Comparison and Conditional functions", coalesce)."""
        strings: list[String] = []
        for argument in node.arguments:
            strings.append(self._text(argument, scope, known))
            if absent(strings[-1].term) == FALSE or known.has(strings[-1].term):
                break
        spelling = _common_spelling(strings, Site(scope.table, known, node.offset))
        terms: list[Term] = [string.term for string in strings if not isinstance(string.term, Absent)]
        if len(terms) > 1 and not any(can_be_empty(term, scope.table) for term in terms):
            return String(First(tuple(terms)), spelling)
        last = terms.pop() if terms else Absent()
        for term in reversed(terms):
            last = when(present(term), term, last)
        return String(last, spelling)

    def _concatenated(self, parts: tuple[Node, ...], node: Call, scope: Scope, known: Known) -> String:
        strings = [self._text(part, scope, known) for part in parts]
        if not all(known.has(string.term) or absent(string.term) == FALSE for string in strings):
            raise Unreadable(
                "what a missing field makes of a concatenation is not documented; coalesce() or isnotnull() settles it", node.offset
            )
        return String(joined((string.term for string in strings), known), _common_spelling(strings, Site(scope.table, known, node.offset)))

    def _tonumber(self, node: Node, scope: Scope, known: Known) -> Value:
        value = self.value(node, scope, known)
        if isinstance(value, Number | Numeric):
            return value
        if not isinstance(value, String) or constant_text(value) is not None:
            raise Unreadable("tonumber() is read of a field", node.offset)
        return Numeric(value.term)

    def _substr(self, node: Node, start: Decimal, scope: Scope, known: Known) -> String:
        """The rest of a text after a beginning that it is known to have; places count from 1 ("Text functions", substr)."""
        rest = rest_of(self._plain_field(node, scope, known).term, int(start) - 1, known) if start >= 1 else None
        if rest is None:
            raise Unreadable("`substr` is read where a test for a beginning of that length holds", node.offset)
        return String(rest)

    def _replace(self, node: Call, scope: Scope, known: Known) -> String:
        """The decoding of XML, in any order that ends with `&amp;`."""
        pairs: list[tuple[object, object]] = []
        inner: Node = node
        while isinstance(inner, Call) and inner.function == "replace" and len(inner.arguments) == 3:
            inner, old, new = inner.arguments
            pairs.append((old.value if isinstance(old, Constant) else None, new.value if isinstance(new, Constant) else None))
        if len(pairs) != 3 or pairs[0] != ("&amp;", "&") or set(pairs[1:]) != {("&lt;", "<"), ("&gt;", ">")}:
            raise Unreadable("`replace` is read only as the decoding of `&lt;`, `&gt;` and then `&amp;`", node.offset)
        value = self._field(inner, scope, known)
        return String(XmlText(value.term), value.spelling)

    def _field(self, node: Node, scope: Scope, known: Known) -> String:
        value = self.value(node, scope, known)
        if not isinstance(value, String):
            raise Unreadable(f"expected a field or a text, not {KINDS[type(value)]}", node.offset)
        return value

    def _plain_field(self, node: Node, scope: Scope, known: Known) -> String:
        value = self._field(node, scope, known)
        if value.spelling:
            raise Unreadable("a field is read here as it is, not in lower or upper case", node.offset)
        return value

    def _text(self, node: Node, scope: Scope, known: Known) -> String:
        value = self._branch(node, scope, known)
        if not isinstance(value, String):
            raise Unreadable(f"the text of {KINDS[type(value)]} is not known", node.offset)
        return value


def _spelled(value: String, spelling: Spelling) -> String:
    text = constant_text(value)
    if text is None:
        return String(value.term, spelling)
    lower = fold(text)
    return String(Text(lower if spelling == "lower" else "".join(map(other_case, lower))))


def _either(condition: Predicate, then: Value, otherwise: Value, site: Site) -> Value:
    match then, otherwise:
        case String(), String():
            return String(when(condition, then.term, otherwise.term), _common_spelling([then, otherwise], site))
        case Truth(), Truth():
            return choice(condition, then, otherwise)
    raise site.unreadable(f"{KINDS[type(then)]} and {KINDS[type(otherwise)]} are not alternatives")


def _common_spelling(strings: list[String], site: Site) -> Spelling | None:
    """The spelling that all texts have in common; a constant has any that it is written in."""
    texts = [constant_text(string) for string in strings]
    spellings = {string.spelling for string, text in zip(strings, texts, strict=True) if text is None and string.term != Absent()}
    spelling = next(iter(spellings), None)
    if len(spellings) > 1 or (spelling and not all(is_spelled(text or "", spelling) for text in texts)):
        raise site.unreadable("texts of different spelling are put together")
    return spelling


def _tests_presence(node: Node) -> bool:
    match node:
        case Call("NOT", (inner,)):
            return _tests_presence(inner)
        case Call(function):
            return function in ("isnull", "isnotnull")
    return False
