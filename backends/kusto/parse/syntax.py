"""The grammar of Kusto queries, as far as a filter of one table uses it. Pages: *Query statement*, *Let statement*, *Logical operators*."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import TypeAlias

from msgspec import Struct

from sigma_amsi.errors import Unreadable
from sigma_amsi.parsing import Work

from .cursor import Cursor
from .tokens import Token


class Constant(Struct, frozen=True):
    """A literal: a text, a number, a boolean, or None for the null of a type."""

    value: str | Decimal | bool | None
    offset: int


class Time(Struct, frozen=True):
    """A literal of a date or a span of time. Nothing is known of it but where it stands."""

    offset: int


class Items(Struct, frozen=True):
    """The values in the brackets of `dynamic([…])` or in the parentheses after `in`."""

    items: tuple["Node", ...]
    offset: int


class Name(Struct, frozen=True):
    """A column, or a name that `let` or `extend` gave."""

    name: str
    offset: int


class Member(Struct, frozen=True):
    """A member of a dynamic value: `of.name`, `of["name"]`."""

    of: "Node"
    name: str
    offset: int


class Call(Struct, frozen=True):
    """A function with its arguments; `and` and `or` are calls too."""

    function: str
    arguments: tuple["Node", ...]
    offset: int


class Operation(Struct, frozen=True):
    """Two operands with a comparison or an arithmetic operator between them."""

    operator: str
    left: "Node"
    right: "Node"
    offset: int


class Span(Struct, frozen=True):
    """The bounds of `between`, both inclusive."""

    low: "Node"
    high: "Node"
    offset: int


Node: TypeAlias = Constant | Time | Items | Name | Member | Call | Operation | Span


class Assignment(Struct, frozen=True):
    """`name = expression`."""

    name: str
    value: Node
    offset: int


class Step(Struct, frozen=True):
    """One operator after a `|`: its name, and whichever of an expression, assignments and names it has."""

    operator: str
    offset: int
    condition: Node | None = None
    assignments: tuple[Assignment, ...] = ()
    names: tuple[str, ...] = ()


class Query(Struct, frozen=True):
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
LIST_OPERATORS = {"in", "!in", "in~", "!in~", "has_any", "has_all"}
_NOT_CHAINED = _COMPARISONS | _TEXT_OPERATORS | LIST_OPERATORS
_ARITHMETIC = {"+", "-", "*", "/", "%"}
_TYPES = {"bool", "boolean", "int", "long", "real", "double", "decimal", "dynamic"}

# They keep every row and every column: pages *serialize operator*, *as operator*, *render operator*.
_KEEPS_ROWS = frozenset({"serialize", "as", "render"})
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
    return (part for part in _nodes_in(node) if isinstance(part, Name))


def calls_in(node: Node) -> Iterator[Call]:
    """The calls of functions in an expression, and its `and` and `or`."""
    return (part for part in _nodes_in(node) if isinstance(part, Call))


def _nodes_in(node: Node) -> Iterator[Node]:
    """The parts of an expression in the order of the text; the argument of `typeof` is a type and no part."""
    waiting = [node]
    while waiting:
        part = waiting.pop()
        yield part
        match part:
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
        super().__init__(text)
        self._work = Work()

    def query(self) -> Query:
        lets = []
        while self.token.word == "let":
            lets.append(self._let())
            self._limit(lets, "`let` statements")
        offset = self.token.offset
        table = self._entity_name("the name of a table")
        steps = []
        while self.accept("|"):
            steps.append(self._step())
            self._limit(steps, "operators")
        while self.accept(";"):
            pass
        if self.token.kind != "end":
            self.fail(f"expected `|` or the end of the query, found {self.token}")
        return Query(tuple(lets), table, offset, tuple(steps))

    def _limit(self, found: Sequence[object], what: str) -> None:
        if len(found) > _MAXIMUM_PARTS:
            self.fail(f"more than {_MAXIMUM_PARTS} {what}")

    def _let(self) -> Assignment:
        self.expect("let")
        offset = self.token.offset
        name = self._entity_name("a name")
        self.expect("=")
        value = self._expression()
        self.expect(";")
        return Assignment(name, value, offset)

    def _step(self) -> Step:
        offset = self.token.offset
        operator = self.expect_kind("name").text
        while self.token.word == "-" and self.token.offset == offset + len(operator) and self.following.offset == self.token.offset + 1:
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
        if operator in ("sort", "order"):
            return Step("keep", offset, assignments=self._ordering())
        if operator in _KEEPS_ROWS:
            if operator == "serialize" and self.token.kind != "end" and self.token.word not in ("|", ";"):
                self.fail("`serialize` is read without columns of its own")
            self._skip_step()
            return Step("keep", offset)
        if operator in _MAY_DROP_ROWS:
            raise Unreadable(f"`{operator}` can change which rows the query gives", offset)
        raise Unreadable(f"the operator `{operator}` is not known", offset)

    def _assignments(self, *, names_alone: bool) -> tuple[Assignment, ...]:
        found = []
        while True:
            offset = self.token.offset
            named = (self.following.word == "=" and self.token.kind == "name") or self.token.word == "["
            name = self._entity_name("a column") if named else ""
            if named and self.accept("="):
                found.append(Assignment(name, self._expression(), offset))
            elif named:
                found.append(Assignment(name, Name(name, offset), offset))
            else:
                value = self._expression()
                if isinstance(value, Name) and names_alone:
                    name = value.name
                found.append(Assignment(name, value, offset))
            self._limit(found, "columns in one operator")
            if not self.accept(","):
                return tuple(found)

    def _ordering(self) -> tuple[Assignment, ...]:
        """`by a desc nulls last, b`: page *sort operator*. It gives no names, but the engine looks its expressions up."""
        self.expect("by")
        found = []
        while True:
            offset = self.token.offset
            found.append(Assignment("", self._expression(), offset))
            self._limit(found, "expressions to sort by")
            self.accept("asc", "desc")
            if self.accept("nulls") and not self.accept("first"):
                self.expect("last")
            if not self.accept(","):
                return tuple(found)

    def _names(self) -> tuple[str, ...]:
        found = [self._entity_name("a column")]
        while self.accept(","):
            found.append(self._entity_name("a column"))
        if self.token.word == "*":
            self.fail("column names with a wildcard are not read")
        return tuple(found)

    def _skip_step(self) -> None:
        """Pass over the operands of an operator that keeps every row."""
        depth = 0
        while self.token.kind != "end" and (depth or self.token.word not in ("|", ";")):
            depth += (self.token.word in ("(", "[", "{")) - (self.token.word in (")", "]", "}"))
            if depth < 0:
                self.fail(f"{self.token} closes nothing")
            self.take()

    def _entity_name(self, what: str) -> str:
        """A bare name, or `['any text']`: page *Entity names*."""
        if self.accept("["):
            name = self.expect_kind("string").text
            self.expect("]")
            return name
        if self.token.kind != "name":
            self.fail(f"expected {what}, found {self.token}")
        return self.take().text

    def _expression(self) -> Node:
        # `or` binds less tightly than `and`: page *Logical (binary) operators*.
        return self._connected("or", self._conjunction)

    def _conjunction(self) -> Node:
        return self._connected("and", self._comparison)

    def _connected(self, word: str, operand: Callable[[], Node]) -> Node:
        offset = self.token.offset
        first = operand()
        if self.token.word != word:
            return first
        parts = [first]
        while self.accept(word):
            parts.append(operand())
        return Call(word, tuple(parts), offset)

    def _comparison(self) -> Node:
        left = self._sum()
        token = self.token
        read = _RIGHT_SIDES.get(token.word)
        if read is None:
            return left
        self.take()
        operator = token.word
        if operator == "matches":
            self.expect("regex")
            operator = "matches regex"
        result = Operation(operator, left, read(self), token.offset)
        if self.token.word in _NOT_CHAINED:
            self.fail("a comparison of a comparison needs parentheses")
        return result

    def _list(self) -> Node:
        """The right side of `in` and `has_any`: values in parentheses, or the name of a list."""
        offset = self.token.offset
        if self.token.kind == "name":
            return self._primary()
        self.expect("(")
        items = [self._expression()]
        while self.accept(","):
            items.append(self._expression())
        if self.token.word == "|":
            self.fail("a list that another query gives is not known")
        self.expect(")")
        return Items(tuple(items), offset)

    def _span(self) -> Span:
        offset = self.expect("(").offset
        low = self._sum()
        self.expect("..")
        high = self._sum()
        self.expect(")")
        return Span(low, high, offset)

    def _sum(self) -> Node:
        """Operands with arithmetic between them, which is given no meaning: which operator binds tighter does not matter."""
        offset = self.token.offset
        first = self._signed()
        if self.token.word not in _ARITHMETIC:
            return first
        parts = [first]
        while self.token.word in _ARITHMETIC:
            self.take()
            parts.append(self._signed())
        return Call("arithmetic", tuple(parts), offset)

    def _signed(self) -> Node:
        sign = self.token
        if sign.word != "-" and sign.word != "+":
            return self._primary()
        self.take()
        number = self._primary()
        if not isinstance(number, Constant) or not isinstance(number.value, Decimal):
            return Call("arithmetic", (number,), sign.offset)
        return Constant(-number.value if sign.word == "-" else number.value, sign.offset)

    def _primary(self) -> Node:
        self._work.enter(self.token.offset)
        node = self._atom()
        if self.token.word in (".", "["):
            node = self._member_of(node)
        self._work.leave()
        return node

    def _atom(self) -> Node:
        token = self.token
        if token.kind == "name" and token.word not in ("and", "or"):
            self.take()
            if self.token.word == "(":
                return self._call(token)
            return Constant(token.word == "true", token.offset) if token.word in ("true", "false") else Name(token.word, token.offset)
        if token.kind == "string":
            self.take()
            text = token.text
            while self.token.kind == "string":  # page *The string data type*: adjacent literals are one
                text += self.take().text
            return Constant(text, token.offset)
        if token.kind == "number":
            self.take()
            return Constant(Decimal(token.text), token.offset)
        if token.kind == "time":
            self.take()
            return Time(token.offset)
        if self.accept("("):
            node = self._expression()
            self.expect(")")
            return node
        if token.word != "[":
            self.fail(f"expected an expression, found {token}")
        return Name(self._entity_name("a column"), token.offset)

    def _call(self, name: Token) -> Node:
        """What begins with a name and the parenthesis at the place."""
        if name.word in ("true", "false"):
            return Constant(name.word == "true", name.offset)
        self.take()
        return self._typed(name) if name.word in _TYPES else Call(name.word, self._arguments(")"), name.offset)

    def _arguments(self, closing: str) -> tuple[Node, ...]:
        found: list[Node] = []
        while not self.accept(closing):
            if found:
                self.expect(",")
            found.append(self._expression())
        return tuple(found)

    def _typed(self, kind: Token) -> Node:
        """A literal of a type, after its opening parenthesis: `long(5)`, `bool(null)`, `dynamic(["a"])`."""
        value: Node
        if self.accept("null"):
            value = Constant(None, kind.offset)
        elif kind.text == "dynamic" and self.accept("["):
            value = Items(self._arguments("]"), kind.offset)
        else:
            value = self._signed()
        self.expect(")")
        if kind.text in ("bool", "boolean") and isinstance(value, Constant) and isinstance(value.value, Decimal):
            return Constant(value.value != 0, kind.offset)
        if not isinstance(value, Constant | Items):
            raise Unreadable(f"`{kind.text}(…)` takes a literal", kind.offset)
        return value

    def _member_of(self, node: Node) -> Node:
        for _ in range(_MAXIMUM_MEMBERS):
            token = self.token
            if self.accept(".") or (token.word == "[" and self.following.kind == "string"):
                node = Member(node, self._entity_name("a member"), token.offset)
            elif token.word == "[" and isinstance(node, Name | Member):
                self.fail("an element of an array is not read")
            else:
                return node
        raise Unreadable(f"more than {_MAXIMUM_MEMBERS} members of members", token.offset)


_RIGHT_SIDES: Mapping[str, Callable[[_Parser], Node]] = {
    **dict.fromkeys([*_COMPARISONS, *_TEXT_OPERATORS, "matches"], _Parser._sum),
    **dict.fromkeys(LIST_OPERATORS, _Parser._list),
    **dict.fromkeys(("between", "!between"), _Parser._span),
}
"""Operator -> what reads its right side."""
