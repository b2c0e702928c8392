"""The grammar of `eval` expressions, which `where` uses too. Search Reference, "eval" and "where"."""

import re
from decimal import Decimal
from typing import TypeAlias

from msgspec import Struct

from sigma_amsi.errors import Unreadable
from sigma_amsi.parsing import Cursor, Token, Work

from .source import Command, Source


class Constant(Struct, frozen=True):
    """A text as it stands between its quotes, still escaped, or a number."""

    value: str | Decimal
    offset: int


class Name(Struct, frozen=True):
    """A field."""

    name: str
    offset: int


class Call(Struct, frozen=True):
    """A function with its arguments. `AND`, `OR`, `XOR`, `NOT`, `.` and arithmetic are calls too."""

    function: str
    arguments: tuple["Node", ...]
    offset: int


class Comparison(Struct, frozen=True):
    """Two operands of a comparison operator, `like` included."""

    operator: str
    left: "Node"
    right: "Node"
    offset: int


Node: TypeAlias = Constant | Name | Call | Comparison

_TOKEN = re.compile(
    r"""
    (?P<blank>  \s+ )
  | (?P<string> "(?:[^"\\]|\\.)*" )
  | (?P<field>  '[^'\\]+' )
  | (?P<number> [0-9]+(?:\.[0-9]+)? (?![\w.]) )
  | (?P<name>   [A-Za-z_][A-Za-z0-9_]* )
  | (?P<symbol> == | != | <= | >= | [<>=+\-*/%.,()] )
    """,
    re.VERBOSE | re.DOTALL,
)

_LONGEST_NUMBER = 40
_COMPARISONS = ("==", "=", "!=", "<", "<=", ">", ">=")
_LOOSEST_FIRST = ("XOR", "OR", "AND")
"""Search Reference, "eval", operators: NOT, AND, OR, XOR, the tightest first."""


def tokens(source: Source, command: Command) -> list[Token]:
    """The tokens of an expression, at their places in the original text."""
    found: list[Token] = []
    position = command.start
    while position < command.end:
        match = _TOKEN.match(source.text, position, command.end)
        if match is None:
            raise source.unreadable(f"no word of an expression begins with {source.text[position]!r}", position)
        kind, text, start, position = match.lastgroup or "", match.group(), position, match.end()
        if kind == "number" and len(text) > _LONGEST_NUMBER:
            raise source.unreadable("a number beyond all that Splunk calculates with", start)
        if kind != "blank":
            found.append(Token(kind, text[1:-1] if kind in ("string", "field") else text, source.origin(start)))
    return [*found, Token("end", "", source.origin(command.end))]


class ExpressionParser(Cursor):
    """Reads expressions and the names that `eval` gives them."""

    def __init__(self, source: Source, command: Command) -> None:
        super().__init__(tokens(source, command))
        self._work = Work()

    def whole(self) -> Node:
        """The one expression that the tokens are."""
        node = self._expression()
        if not self.at("end"):
            self.fail(f"expected the end of the expression, found {self.token}")
        return node

    def assignments(self) -> list[tuple[str, Node]]:
        """The fields that `eval` computes, in order: a later one sees those before it (Search Reference, "eval", multiple expressions)."""
        found = []
        while True:
            found.append((self._target(), self._expression()))
            if not self.accept("symbol", ","):
                break
        if not self.at("end"):
            self.fail(f"expected `,` or the end of the command, found {self.token}")
        return found

    def _target(self) -> str:
        if self.at("field"):
            self.fail("single quotes become part of the name that eval gives")
        name = self.take() if self.at("string") else self.expect("name")
        parts = [name.text]
        while name.kind == "name" and self.accept("symbol", "."):
            parts.append(self.expect("name").text)
        self.expect("symbol", "=")
        return ".".join(parts)

    def _expression(self, loosest: int = 0) -> Node:
        """Operands between connectives that bind as tight as the loosest, or tighter."""
        offset = self.token.offset
        node = self._negated()
        for level in range(len(_LOOSEST_FIRST) - 1, loosest - 1, -1):
            word = _LOOSEST_FIRST[level]
            parts = [node]
            while self.accept("name", word, word.lower()):
                parts.append(self._expression(level + 1))
            node = parts[0] if len(parts) == 1 else Call(word, tuple(parts), offset)
        return node

    def _negated(self) -> Node:
        offset = self.token.offset
        if not (self.at("name", "NOT", "not")):
            return self._comparison()
        self.take()
        self._work.enter(offset)
        node = Call("NOT", (self._negated(),), offset)
        self._work.leave()
        return node

    def _comparison(self) -> Node:
        left, offset = self._operand(), self.token.offset
        if operator := self.accept("symbol", *_COMPARISONS):
            return Comparison("=" if operator.text == "==" else operator.text, left, self._operand(), offset)
        if self.accept("name", "LIKE", "like"):
            return Comparison("like", left, self._operand(), offset)
        if self.at("name", "IN", "in") and self.following.text == "(":
            self.take()
            self.take()
            return Call("in", (left, *self._arguments()), offset)
        return left

    def _operand(self) -> Node:
        """Operands of `.`, or of arithmetic, which is given no meaning."""
        offset = self.token.offset
        parts, operators = [self._signed()], set()
        while operator := self.accept("symbol", ".", "+", "-", "*", "/", "%"):
            operators.add(operator.text)
            parts.append(self._signed())
        if len(parts) == 1:
            return parts[0]
        return Call("." if operators == {"."} else "arithmetic", tuple(parts), offset)

    def _signed(self) -> Node:
        offset = self.token.offset
        if not self.accept("symbol", "-"):
            return self._primary()
        node = self._primary()
        return (
            Constant(-node.value, offset)
            if isinstance(node, Constant) and isinstance(node.value, Decimal)
            else Call("arithmetic", (node,), offset)
        )

    def _primary(self) -> Node:
        token = self.take()
        self._work.enter(token.offset)
        try:
            if token.kind == "number":
                return Constant(Decimal(token.text), token.offset)
            if token.kind == "string":
                return Constant(token.text, token.offset)
            if token.kind == "symbol" and token.text == "(":
                node = self._expression()
                self.expect("symbol", ")")
                return node
            if token.kind == "name" and self.accept("symbol", "("):
                return Call(token.text, self._arguments(), token.offset)
            if token.kind in ("name", "field"):
                return Name(token.text, token.offset)
        finally:
            self._work.leave()
        raise Unreadable(f"expected an expression, found {token}", token.offset)

    def _arguments(self) -> tuple[Node, ...]:
        found: list[Node] = []
        while not self.accept("symbol", ")"):
            if found:
                self.expect("symbol", ",")
            found.append(self._expression())
        return tuple(found)
