"""Random Kusto text: string operators, functions, computed columns, precedence without parentheses."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from .kusto_literals import literal, regex
from .values import ADDRESSES, NETWORKS, NUMBERS, TIMES, Draw

_POSITIVE = ("contains", "startswith", "endswith", "has", "hasprefix", "hassuffix")
_TEXT_OPERATORS: Final = (
    *("==", "!=", "=~", "!~"),
    *(f"{negated}{name}{cased}" for negated in ("", "!") for name in _POSITIVE for cased in ("", "_cs")),
)
_BETWEEN_COLUMNS: Final = ("==", "!=", "=~", "!~", "contains", "!startswith", "endswith_cs")
_LISTS: Final = ("in", "!in", "in~", "!in~", "has_any", "has_all")
_ORDERS: Final = ("<", "<=", ">", ">=", "==", "!=")
_MISSING: Final = ("isempty", "isnotempty", "isnull", "isnotnull")
_ADDRESS_FUNCTIONS: Final = ("ipv4_is_in_range", "ipv4_is_match", "ipv6_is_in_range", "ipv6_is_match")
_FLAGS: Final = (
    *("b", "b == true", "b == false", "b != true", "not(b)", "b and true", "true"),
    *("coalesce(b, false)", "iff(b, n > 5, m > 5)", "isnull(b)"),
)
_ODD: Final = (
    "d == n",
    "n == s",
    "tostring(n) == s",
    "tostring(b) == s",
    "n == m",
    "n in (5, 443) and m !in (6)",
    "isnotnull(todatetime(s))",
)
_SMALL: Final = NUMBERS[:8]


def query(draw: Draw) -> str:
    """A query of one table: a condition, after others and after computed columns now and then."""
    return _Writer(draw, ["s", "k"]).query()


@dataclass
class _Writer:
    """names: the string columns that there are so far."""

    draw: Draw
    names: list[str]

    def query(self) -> str:
        text = self.let() + "T"
        for _ in range(self.draw.choice((0, 0, 0, 1, 2))):
            text += self.pipe() + self.operator()
        return f"{text}{self.pipe()}where {self.condition(2)}"

    def let(self) -> str:
        """A constant that stands among the names of columns."""
        if self.draw.chance(0.95):
            return ""
        self.names.append("z")
        return f"let z = {literal(self.draw, self.draw.text())};\n"

    def operator(self) -> str:
        kind = self.draw.number(0, 9)
        if kind < 6:
            name = self.draw.choice(("x", "y", "s"))
            text = f"extend {name} = {self.string(2)}"
            self.names.append(name)
            return text
        if kind < 8:
            return f"where {self.condition(1)}"
        if kind == 8 or "k" not in self.names:
            return "sort by n asc"
        self.names = [name for name in self.names if name != "k"]
        if self.draw.chance(0.5):
            return "project-away k"
        self.names.append("w")
        return "project-rename w = k"

    def pipe(self) -> str:
        return self.draw.choice((" | ", "\n| ", "|", "\n  |  ", " // a comment | where false\n| "))

    # -- conditions ---------------------------------------------------------------------------------------------------------------------

    def condition(self, depth: int) -> str:
        """Tests in a chain that leans on precedence, in parentheses or under `not` now and then."""
        text = self.part(depth)
        for _ in range(self.draw.choice((0, 0, 0, 1, 2))):
            text += self.draw.choice((" and ", " or ", "\n  and ", " or\n")) + self.part(depth)
        return text

    def part(self, depth: int) -> str:
        if depth and self.draw.chance(0.3):
            opening = self.draw.choice(("(", "( ", "not(", "not (", "not(not("))
            return opening + self.condition(depth - 1) + ")" * opening.count("(")
        return self.test()

    def test(self) -> str:
        tests: Sequence[tuple[int, Callable[[], str]]] = (
            (12, self.compared),
            (3, self.listed),
            (3, lambda: f"{self.string(1)} matches regex {literal(self.draw, regex(self.draw))}"),
            (2, lambda: f"{self.draw.choice(_MISSING)}({self.draw.choice((self.string(0), 'n', 'd', 'EventData.Image', 't'))})"),
            (3, self.number),
            (2, lambda: self.draw.choice(_FLAGS)),
            (2, self.address),
            (1, self.time),
            (1, lambda: f"{self.draw.choice(self.names)}{self.spaced(_BETWEEN_COLUMNS)}{self.draw.choice(self.names)}"),
            (1, lambda: self.draw.choice((*_ODD, f"{literal(self.draw, self.draw.text())} == s"))),
        )
        return self.draw.choice([test for weight, test in tests for _ in range(weight)])()

    def compared(self) -> str:
        needle = self.draw.text() if self.draw.chance(0.5) else self.draw.part() if self.draw.chance(0.9) else ""
        return f"{self.string(1)}{self.spaced(_TEXT_OPERATORS)}{literal(self.draw, needle)}"

    def spaced(self, operators: Sequence[str]) -> str:
        operator = self.draw.choice(operators)
        return self.draw.choice((f" {operator} ", f"  {operator}\n", operator if operator.strip("=!~<>") == "" else f" {operator} "))

    def listed(self) -> str:
        items = ", ".join(literal(self.draw, self.draw.text()) for _ in range(self.draw.number(1, 3)))
        return f"{self.string(1)} {self.draw.choice(_LISTS)} ({f'dynamic([{items}])' if self.draw.chance(0.15) else items})"

    def number(self) -> str:
        draw = self.draw
        subject = draw.choice(
            ("n", "m", "n", "coalesce(n, m)", f"iff(b, n, {draw.choice(_SMALL)})", f"strlen({draw.choice(self.names)})", "tolong(n)")
        )
        kind = draw.number(0, 9)
        if kind < 3:
            return f"{subject} {draw.choice(('between', '!between'))} ({draw.choice(_SMALL)} .. {draw.choice(_SMALL)})"
        if kind < 5:
            return f"{subject} {draw.choice(('in', '!in'))} ({draw.choice(_SMALL)}, {draw.choice(_SMALL)})"
        return f"{subject}{self.spaced(_ORDERS)}{draw.choice((*_SMALL, '4.5', '5.0', '0x10', 'long(5)', '5e0'))}"

    def address(self) -> str:
        subject = self.draw.choice(self.names)
        if self.draw.chance(0.1):
            return f"ipv4_is_private({subject})"
        network = literal(self.draw, self.draw.choice((*ADDRESSES, *NETWORKS)))
        return f"{self.draw.choice(_ADDRESS_FUNCTIONS)}({subject}, {network})"

    def time(self) -> str:
        part = self.draw.choice(
            ("getyear(t)", "getmonth(t)", "dayofmonth(t)", "hourofday(t)", "week_of_year(t)", "datetime_part('day', t)")
        )
        if self.draw.chance(0.1):
            return f"t > datetime({self.draw.choice(TIMES)})"
        return f"{part} == {self.draw.choice(('2024', '2020', '1', '2', '12', '31', '53', '5'))}"

    # -- strings ------------------------------------------------------------------------------------------------------------------------

    def string(self, depth: int) -> str:
        if depth == 0 or self.draw.chance(0.5):
            return self.draw.choice((*self.names, *self.names, "d", "EventData.Image", 'EventData["Image"]', "['s']", "tostring(d)"))
        strings: Sequence[Callable[[], str]] = (
            lambda: f"strcat({', '.join(self.piece(depth) for _ in range(self.draw.number(1, 3)))})",
            lambda: f"{self.draw.choice(('tolower', 'toupper'))}({self.string(depth - 1)})",
            lambda: f"coalesce({self.string(depth - 1)}, {self.piece(1)})",
            lambda: f"{self.draw.choice(('iff', 'iif'))}({self.condition(0)}, {self.string(depth - 1)}, {self.piece(1)})",
            lambda: f"case({self.condition(0)}, {self.piece(1)}, {self.condition(0)}, {self.piece(1)}, {self.piece(1)})",
            lambda: f"strcat_delim({literal(self.draw, self.draw.part())}, {self.draw.choice(self.names)}, {self.string(0)})",
            lambda: f"tostring({self.draw.choice(('n', 'b', 'd', *self.names))})",
            self.decoded,
            lambda: f"replace_string({self.draw.choice(self.names)}, {literal(self.draw, self.draw.part())}, {literal(self.draw, 'a')})",
        )
        return self.draw.choice(strings)()

    def piece(self, depth: int) -> str:
        return self.string(depth - 1) if self.draw.chance(0.5) else literal(self.draw, self.draw.part())

    def decoded(self) -> str:
        text = self.draw.choice(self.names)
        for entity, character in (("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&")):
            text = f'replace_string({text}, "{entity}", "{character}")'
        return text
