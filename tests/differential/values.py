"""Random texts and rows, full of what parsers and engines trip over."""

from collections.abc import Mapping, Sequence
from random import Random
from typing import Final, TypeAlias, TypeVar

from sigma_amsi.characters import other_case
from sigma_amsi.pipeline.schema import ColumnType

Row: TypeAlias = Mapping[str, Sequence[str]]
"""Column -> its values, as texts. A column that is not there is absent."""

Item = TypeVar("Item")

UNPAIRED: Final = "İıſ\u212a\u212bẞςσΣ"
"""Letters whose lower or upper case is not a pair, on which engines differ, and one that has two lower ones."""

ADDRESSES: Final = (
    *("10.1.2.3", "10.255.0.1", "192.168.0.1", "172.16.5.4", "11.0.0.1", "0.0.0.0", "255.255.255.255"),
    *("::1", "fe80::1", "2001:db8::1"),
)
NETWORKS: Final = (
    *("10.0.0.0/8", "10.1.2.3/32", "192.168.0.0/16", "172.16.0.0/12", "0.0.0.0/0"),
    *("fe80::/10", "::/0", "::1/128", "2001:db8::/32"),
)
NUMBERS: Final = ("0", "1", "-1", "5", "6", "443", "4688", "9999999999", "9223372036854775807", "-9223372036854775808")
TIMES: Final = ("2024-01-01T00:00:00", "2023-12-31T23:59:59", "2024-02-29T12:30:00", "2020-12-28T05:00:00")

_PLAIN = "aAbBcxXyZ019"
_SPECIAL = "\\\\\\**?\"'/ .:-_%()[]{}<>|&~^!+=#@$,;`\n\r\t"
_FOREIGN = "éÉßñя𐐀𐐨😀\u00a0\u3000\u2028"
_SYNTAX = " ()[]{}\"'\\:*?/+-!|&<>=~^,.@#\n"
_WORDS = (
    *("cmd.exe", "C:\\Win", "HKLM\\", "AND", " or ", "not ", "null", "true", "TO"),
    *("\\u0041", "\\n", "%20", "/*", "//", '"""', "&lt;", "&amp;", "{0}", "foo bar"),
)
_OTHER_NUMBERS = ("0443", "4.0", "1e3", "+5", "0x10")


class Draw:
    """A seeded source of random choices. Queries and rows of one batch share a pool of texts, so that queries find some rows and miss others."""

    def __init__(self, seed: str) -> None:
        self._random = Random(seed)  # a text is hashed in the same way on every machine
        numbers = (self.choice((*NUMBERS, *ADDRESSES, *_OTHER_NUMBERS)) for _ in range(2))
        self._pool = (*(self.fresh_text() for _ in range(8)), *numbers)

    def chance(self, share: float) -> bool:
        """True in this share of draws."""
        return self._random.random() < share

    def choice(self, items: Sequence[Item]) -> Item:
        """One of the items."""
        return self._random.choice(items)

    def number(self, low: int, high: int) -> int:
        """A whole number, the bounds included."""
        return self._random.randint(low, high)

    def fresh_text(self, most: int = 4) -> str:
        """A short text, seldom empty."""
        return "".join(self.piece() for _ in range(self.number(0 if self.chance(0.1) else 1, most)))

    def piece(self) -> str:
        """A character or a short word."""
        kind = self._random.random()
        if kind < 0.5:
            return self.choice(_PLAIN)
        if kind < 0.8:
            return self.choice(_SPECIAL)
        if kind < 0.9:
            return self.choice(_WORDS)
        return self.choice(_FOREIGN) if kind < 0.98 else self.choice(UNPAIRED)

    def text(self) -> str:
        """A text of the pool, or one that is close to it."""
        chosen = self.choice(self._pool)
        change = self._random.random()
        if change < 0.5:
            return chosen
        if change < 0.6:
            return "".join(map(other_case, chosen))
        if change < 0.7:
            return chosen + self.piece()
        if change < 0.8:
            return self.piece() + chosen
        if change < 0.9 and chosen:
            cut = self.number(0, len(chosen) - 1)
            return chosen[:cut] + chosen[cut + 1 :]
        return chosen + self.choice(self._pool)

    def part(self) -> str:
        """A part of such a text, not empty."""
        chosen = self.text() or "a"
        start = self.number(0, len(chosen) - 1)
        return chosen[start : self.number(start + 1, len(chosen))]

    def edited(self, text: str) -> str:
        """The text with one to three characters taken out, put in or doubled: mostly broken, sometimes another query."""
        for _ in range(self.number(1, 3)):
            at = self.number(0, len(text))
            kind = self.number(0, 3)
            if kind == 0:
                text = text[:at] + text[at + 1 :]
            elif kind == 1:
                text = text[:at] + text[at : at + 1] + text[at:]
            else:
                text = text[:at] + (self.choice(_SYNTAX) if kind == 2 else self.piece()) + text[at:]
        return text

    def row(self, columns: Sequence[ColumnType]) -> Row:
        """A row of these columns; each is sometimes absent."""
        found: dict[str, list[str]] = {}
        for column in columns:
            values = [self._value(column) for _ in range(self.choice((1, 1, 2, 3)) if column.many else 1)]
            kept = [value for value in values if value not in column.absent_for]
            if kept and self.chance(0.8):
                found[column.name] = kept
        return found

    def _value(self, column: ColumnType) -> str:
        if column.values is not None:
            return self.choice(column.values)
        match column.kind:
            case "integer":
                return self.choice(NUMBERS)
            case "boolean":
                return self.choice(("true", "false"))
            case "address":
                return self.choice(ADDRESSES)
            case "time":
                return self.choice(TIMES)
        return self.text()
