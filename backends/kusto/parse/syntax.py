"""The grammar of Kusto queries, as far as a filter of one table uses it. Pages: *Query statement*, *Let statement*, *Logical operators*."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TypeAlias

from sigma_amsi.errors import Unreadable
from sigma_amsi.parsing import Cursor, Token, Work

from .tokens import tokens


@dataclass(frozen=True, slots=True)
class Constant:
    """A literal: a text, a number, a boolean, or None for the null of a type."""

    value: str | Decimal | bool | None
    offset: int = field(compare=False)


@dataclass(frozen=True, slots=True)
class Time:
    """A literal of a date or a span of time. Nothing is known of it but where it stands."""

    offset: int = field(compare=False)


@dataclass(frozen=True, slots=True)
class Items:
    """The values in the brackets of `dynamic([…])` or in the parentheses after `in`."""

    items: tuple["Node", ...]
    offset: int = field(compare=False)


@dataclass(frozen=True, slots=True)
class Name:
    """A column, or a name that `let` or `extend` gave."""

    name: str
    offset: int = field(compare=False)


@dataclass(frozen=True, slots=True)
class Member:
    """A member of a dynamic value: `of.name`, `of["name"]`."""

    of: "Node"
    name: str
    offset: int = field(compare=False)


@dataclass(frozen=True, slots=True)
class Call:
    """A function with its arguments; `and` and `or` are calls too."""

    function: str
    arguments: tuple["Node", ...]
    offset: int = field(compare=False)


@dataclass(frozen=True, slots=True)
class Operation:
    """Two operands with a comparison or an arithmetic operator between them."""

    operator: str
    left: "Node"
    right: "Node"
    offset: int = field(compare=False)


@dataclass(frozen=True, slots=True)
class Span:
    """The bounds of `between`, both inclusive."""

    low: "Node"
    high: "Node"
    offset: int = field(compare=False)


Node: TypeAlias = Constant | Time | Items | Name | Member | Call | Operation | Span


@dataclass(frozen=True, slots=True)
class Assignment:
    """`name = expression`."""

    name: str
    value: Node
    offset: int


@dataclass(frozen=True, slots=True)
class Step:
    """One operator after a `|`: its name, and whichever of an expression, assignments and names it has."""

    operator: str
    offset: int
    condition: Node | None = None
    assignments: tuple[Assignment, ...] = ()
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Query:
    """`let` statements, a table, and what is done with its rows."""

    lets: tuple[Assignment, ...]
    table: str
    offset: int
    steps: tuple[Step, ...]


# Page *Datatypes for numerical, string, …*: the comparisons that take any expression on their right.
_COMPARISONS = {"==", "!=", "=~", "!~", "<", "<=", ">", ">="}
_TEXT_OPERATORS = {
    f"{negated}{name}{cased}"
    for negated in ("", "!")
    for name in ("contains", "startswith", "endswith", "has", "hasprefix", "hassuffix")
    for cased in ("", "_cs")
}
_LIST_OPERATORS = {"in", "!in", "in~", "!in~", "has_any", "has_all"}
_TYPES = {"bool", "boolean", "int", "long", "real", "double", "decimal", "dynamic"}

# They keep every row and every column: pages *sort operator*, *serialize operator*, *as operator*, *render operator*.
_KEEPS_ROWS = frozenset({"sort", "order", "serialize", "as", "render"})
_MAY_DROP_ROWS = frozenset(
    {"count", "distinct", "evaluate", "facet", "find", "fork", "getschema", "invoke", "join", "limit", "lookup", "make-series", "mv-apply"}
    | {"mv-expand", "parse-where", "partition", "reduce", "sample", "sample-distinct", "scan", "search", "summarize", "take", "top"}
    | {"top-nested", "union"}
)


_MAXIMUM_MEMBERS = 20
_MAXIMUM_PARTS = 1000
"""Statements, operators after one another, and columns that one of them computes."""


def parse_query(text: str) -> Query:
    """The syntax of a query. Raises Unreadable."""
    return _Parser(text).query()


def names_in(node: Node) -> Iterator[Name]:
    """The names of columns, and of what `let` gave, that an expression mentions."""
    waiting = [node]
    while waiting:
        part = waiting.pop()
        match part:
            case Name():
                yield part
            case Member(of):
                waiting.append(of)
            case Call(function, arguments) if function != "typeof":
                waiting.extend(reversed(arguments))
            case Items(items):
                waiting.extend(reversed(items))
            case Operation(_, left, right):
                waiting += [right, left]
            case Span(low, high):
                waiting += [high, low]


class _Parser(Cursor):
    def __init__(self, text: str) -> None:
        super().__init__(tokens(text))
        self._text = text
        self._work = Work()

    def query(self) -> Query:
        lets = []
        while self.at("name", "let"):
            lets.append(self._let())
            self._limit(lets, "`let` statements")
        offset = self.token.offset
        table = self._entity_name("the name of a table")
        steps = []
        while self.accept("symbol", "|"):
            steps.append(self._step())
            self._limit(steps, "operators")
        while self.accept("symbol", ";"):
            pass
        if not self.at("end"):
            self.fail(f"expected `|` or the end of the query, found {self.token}")
        return Query(tuple(lets), table, offset, tuple(steps))

    def _limit(self, found: Sequence[object], what: str) -> None:
        if len(found) > _MAXIMUM_PARTS:
            self.fail(f"more than {_MAXIMUM_PARTS} {what}")

    def _let(self) -> Assignment:
        self.expect("name", "let")
        offset = self.token.offset
        name = self._entity_name("a name")
        self.expect("symbol", "=")
        value = self._expression()
        self.expect("symbol", ";")
        return Assignment(name, value, offset)

    def _step(self) -> Step:
        offset = self.token.offset
        operator = self.expect("name").text
        while self.at("symbol", "-") and self.token.offset == offset + len(operator) and self.following.offset == self.token.offset + 1:
            self.take()
            operator += "-" + self.take().text
        if operator in ("where", "filter"):
            return Step("where", offset, condition=self._expression())
        if operator in ("extend", "project"):
            return Step(operator, offset, assignments=self._assignments(names_alone=operator == "project"))
        if operator == "project-rename":
            return Step(operator, offset, assignments=self._assignments(names_alone=False))
        if operator in ("project-away", "project-keep", "project-reorder"):
            return Step(operator, offset, names=self._names())
        if operator in _KEEPS_ROWS:
            if operator in ("sort", "order"):
                self.expect("name", "by")
                self._expression()
            self._skip_step()
            return Step("keep", offset)
        if operator in _MAY_DROP_ROWS:
            raise Unreadable(f"`{operator}` can change which rows the query gives", offset)
        raise Unreadable(f"the operator `{operator}` is not known", offset)

    def _assignments(self, *, names_alone: bool) -> tuple[Assignment, ...]:
        found = []
        while True:
            offset = self.token.offset
            named = (self.following.kind == "symbol" and self.following.text == "=" and self.at("name")) or self.at("symbol", "[")
            name = self._entity_name("a column") if named else ""
            if named and self.accept("symbol", "="):
                found.append(Assignment(name, self._expression(), offset))
            elif named:
                found.append(Assignment(name, Name(name, offset), offset))
            else:
                value = self._expression()
                if isinstance(value, Name) and names_alone:
                    name = value.name
                found.append(Assignment(name, value, offset))
            self._limit(found, "columns in one operator")
            if not self.accept("symbol", ","):
                return tuple(found)

    def _names(self) -> tuple[str, ...]:
        found = [self._entity_name("a column")]
        while self.accept("symbol", ","):
            found.append(self._entity_name("a column"))
        if self.at("symbol", "*"):
            self.fail("column names with a wildcard are not read")
        return tuple(found)

    def _skip_step(self) -> None:
        """Pass over the operands of an operator that keeps every row."""
        depth = 0
        while not self.at("end") and (depth or not self.at("symbol", "|", ";")):
            token = self.take()
            depth += (token.kind == "symbol" and token.text in "([{") - (token.kind == "symbol" and token.text in ")]}")

    def _entity_name(self, what: str) -> str:
        """A bare name, or `['any text']`: page *Entity names*."""
        if self.accept("symbol", "["):
            name = self.expect("string").text
            self.expect("symbol", "]")
            return name
        if not self.at("name"):
            self.fail(f"expected {what}, found {self.token}")
        return self.take().text

    def _expression(self) -> Node:
        # `or` binds less tightly than `and`: page *Logical (binary) operators*.
        return self._chain("or")

    def _chain(self, operator: str) -> Node:
        offset = self.token.offset
        parts = [self._operand(operator)]
        while self.accept("name", operator):
            parts.append(self._operand(operator))
        return parts[0] if len(parts) == 1 else Call(operator, tuple(parts), offset)

    def _operand(self, operator: str) -> Node:
        return self._chain("and") if operator == "or" else self._comparison()

    def _comparison(self) -> Node:
        left = self._sum()
        token = self.token
        if (token.kind == "symbol" and token.text in _COMPARISONS) or (token.kind == "name" and token.text in _TEXT_OPERATORS):
            self.take()
            result = Operation(token.text, left, self._sum(), token.offset)
        elif token.kind == "name" and token.text in _LIST_OPERATORS:
            self.take()
            result = Operation(token.text, left, self._list(), token.offset)
        elif token.kind == "name" and token.text in ("between", "!between"):
            self.take()
            result = Operation(token.text, left, self._span(), token.offset)
        elif self.accept("name", "matches"):
            self.expect("name", "regex")
            result = Operation("matches regex", left, self._sum(), token.offset)
        else:
            return left
        if self.token.text in _COMPARISONS | _TEXT_OPERATORS | _LIST_OPERATORS and self.token.kind in ("symbol", "name"):
            self.fail("a comparison of a comparison needs parentheses")
        return result

    def _list(self) -> Node:
        """The right side of `in` and `has_any`: values in parentheses, or the name of a list."""
        offset = self.token.offset
        if self.at("name"):
            return self._primary()
        self.expect("symbol", "(")
        items = [self._expression()]
        while self.accept("symbol", ","):
            items.append(self._expression())
        if self.at("symbol", "|"):
            self.fail("a list that another query gives is not known")
        self.expect("symbol", ")")
        return Items(tuple(items), offset)

    def _span(self) -> Span:
        offset = self.expect("symbol", "(").offset
        low = self._sum()
        self.expect("symbol", "..")
        high = self._sum()
        self.expect("symbol", ")")
        return Span(low, high, offset)

    def _sum(self) -> Node:
        """Operands with arithmetic between them, which is given no meaning: which operator binds tighter does not matter."""
        offset = self.token.offset
        parts = [self._signed()]
        while self.accept("symbol", "+", "-", "*", "/", "%"):
            parts.append(self._signed())
        return parts[0] if len(parts) == 1 else Call("arithmetic", tuple(parts), offset)

    def _signed(self) -> Node:
        if sign := self.accept("symbol", "-", "+"):
            number = self._primary()
            if not isinstance(number, Constant) or not isinstance(number.value, Decimal):
                return Call("arithmetic", (number,), sign.offset)
            return Constant(-number.value if sign.text == "-" else number.value, sign.offset)
        return self._primary()

    def _primary(self) -> Node:
        self._work.enter(self.token.offset)
        node = self._member_of(self._atom())
        self._work.leave()
        return node

    def _atom(self) -> Node:
        token = self.token
        if token.kind == "string":
            self.take()
            text = [token.text]
            while self.at("string"):  # page *The string data type*: adjacent literals are one
                text.append(self.take().text)
            return Constant("".join(text), token.offset)
        if token.kind == "number":
            self.take()
            return Constant(Decimal(token.text), token.offset)
        if token.kind == "time":
            self.take()
            return Time(token.offset)
        if self.accept("symbol", "("):
            node = self._expression()
            self.expect("symbol", ")")
            return node
        if token.kind == "symbol" and token.text == "[":
            return Name(self._entity_name("a column"), token.offset)
        if token.kind != "name" or token.text in ("and", "or"):
            self.fail(f"expected an expression, found {token}")
        self.take()
        if token.text in ("true", "false"):
            return Constant(token.text == "true", token.offset)
        if not self.accept("symbol", "("):
            return Name(token.text, token.offset)
        if token.text in _TYPES:
            return self._typed(token)
        return Call(token.text, self._arguments(")"), token.offset)

    def _arguments(self, closing: str) -> tuple[Node, ...]:
        found: list[Node] = []
        while not self.accept("symbol", closing):
            if found:
                self.expect("symbol", ",")
            found.append(self._expression())
        return tuple(found)

    def _typed(self, kind: Token) -> Node:
        """A literal of a type, after its opening parenthesis: `long(5)`, `bool(null)`, `dynamic(["a"])`."""
        value: Node
        if self.accept("name", "null"):
            value = Constant(None, kind.offset)
        elif kind.text == "dynamic" and self.accept("symbol", "["):
            value = Items(self._arguments("]"), kind.offset)
        else:
            value = self._signed()
        self.expect("symbol", ")")
        if kind.text in ("bool", "boolean") and isinstance(value, Constant) and isinstance(value.value, Decimal):
            return Constant(value.value != 0, kind.offset)
        if not isinstance(value, Constant | Items):
            raise Unreadable(f"`{kind.text}(…)` takes a literal", kind.offset)
        return value

    def _member_of(self, node: Node) -> Node:
        for _ in range(_MAXIMUM_MEMBERS):
            token = self.token
            if self.accept("symbol", ".") or (token.kind == "symbol" and token.text == "[" and self.following.kind == "string"):
                node = Member(node, self._entity_name("a member"), token.offset)
            elif token.kind == "symbol" and token.text == "[" and isinstance(node, Name | Member):
                self.fail("an element of an array is not read")
            else:
                return node
        raise Unreadable(f"more than {_MAXIMUM_MEMBERS} members of members", token.offset)
