"""Characters and sets of characters in the Perl-like dialects: escapes, and classes in brackets."""

import re
from enum import Enum
from typing import NoReturn

from msgspec import Struct

from sigma_amsi.characters import MAXIMUM, Chars
from sigma_amsi.regex import RegexConstruct, RegexSyntax, named_sets


class Dialect(Enum):
    """A Perl-like dialect."""

    PCRE = "PCRE"
    KUSTO = "Kusto"


class Flags(Struct, frozen=True):
    """The flags in force at one place of an expression. `unicode` is Kusto's alone: PCRE's `\\d`, `\\w` and `\\s` are ASCII."""

    ignore_case: bool = False
    multiline: bool = False
    dot_all: bool = False
    extended: bool = False
    unicode: bool = True


_CONTROLS = {"a": "\a", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
_POSIX_CLASS = re.compile(r"\[:(\^?)([a-z]+):\]")
_OTHER_BRACKET_CLASS = re.compile(r"\[([.=])[^\]]*\1\]|\[:[<>]:\]")
_CLASS_OPERATIONS = ("&&", "--", "~~")
_OCTAL = re.compile("[0-7]{1,3}")
_BRACED_OCTAL = re.compile(r"\{([0-7]{1,7})\}")
_HEXADECIMAL = {
    letter: re.compile(rf"\{{([0-9A-Fa-f]{{1,8}})\}}|([0-9A-Fa-f]{{{digits}}})") for letter, digits in zip("xuU", (2, 4, 8), strict=True)
}
_PROPERTY = re.compile(r"\{(\^?)([^{}]*)\}|([A-Za-z])")


class SetReader:
    """A place in the text of an expression, and the readers of what stands for one character there."""

    def __init__(self, text: str, dialect: Dialect, flags: Flags) -> None:
        self.text = text
        self.dialect = dialect
        self.flags = flags
        self.position = 0

    def at(self, *expected: str) -> bool:
        """Whether one of the texts stands here."""
        return self.text.startswith(expected, self.position)

    def at_end(self) -> bool:
        return self.position >= len(self.text)

    def accept(self, expected: str) -> bool:
        """Whether `expected` stands here; then it is consumed."""
        if self.at(expected):
            self.position += len(expected)
            return True
        return False

    def invalid(self, reason: str, position: int | None = None) -> NoReturn:
        raise RegexSyntax(reason, self.position if position is None else position)

    def refuse(self, construct: str, position: int | None = None) -> NoReturn:
        raise RegexConstruct(construct, self.position if position is None else position)

    # -- escapes ------------------------------------------------------------------------------------------------------------------------

    def escaped(self, *, in_class: bool) -> str | Chars:
        """What a backslash and the characters after it stand for: a character, or a set."""
        start = self.position
        if start + 1 >= len(self.text):
            self.invalid("a backslash at the end")
        letter = self.text[start + 1]
        self.position += 2
        found = self._named_set(letter)
        if found is not None:
            return found
        if letter in "pP":
            return self._property(start, negated=letter == "P")
        if letter in _CONTROLS:
            return _CONTROLS[letter]
        if letter == "x" or (letter in "uU" and self.dialect is Dialect.KUSTO):
            return self._hexadecimal(letter, start)
        special = self._pcre_escape(letter, start, in_class=in_class) if self.dialect is Dialect.PCRE else self._kusto_escape(letter, start)
        if special is not None:
            return special
        if letter.isascii() and letter.isalnum():
            self.invalid(f"unknown escape \\{letter}", start)
        return letter

    def _named_set(self, letter: str) -> Chars | None:
        unicode = self.dialect is Dialect.KUSTO and self.flags.unicode
        match letter.lower():
            case "d":
                chars = named_sets.unicode_digit() if unicode else named_sets.DIGIT
            case "w":
                chars = named_sets.unicode_word() if unicode else named_sets.WORD
            case "s":
                chars = named_sets.UNICODE_SPACE if unicode else named_sets.SPACE
            case "h" if self.dialect is Dialect.PCRE:
                chars = named_sets.HORIZONTAL_SPACE
            case "v" if self.dialect is Dialect.PCRE:
                chars = named_sets.VERTICAL_SPACE
            case _:
                return None
        return ~chars if letter.isupper() else chars

    def _kusto_escape(self, letter: str, start: int) -> str | None:
        if letter == "v":
            return "\v"
        if letter in "<>":
            self.refuse("a one-sided word edge", start)
        if not letter.isascii():
            self.invalid(f"unknown escape \\{letter}", start)
        return None

    def _pcre_escape(self, letter: str, start: int, *, in_class: bool) -> str | Chars | None:
        if letter == "e":
            return "\x1b"
        if letter == "b" and in_class:
            return "\b"
        if letter == "N" and not in_class:
            if self.at("{"):
                self.refuse("\\N with a name", start)
            return ~named_sets.NEWLINE
        if letter == "c":
            if self.at_end() or not " " <= self.text[self.position] <= "~":
                self.invalid("\\c without a printable ASCII character", start)
            self.position += 1
            return chr(ord(self.text[self.position - 1].upper()) ^ 0x40)
        octal = _OCTAL.match(self.text, self.position - 1)
        if octal:
            self.position = octal.end()
            return chr(int(octal[0], 8))
        braced = _BRACED_OCTAL.match(self.text, self.position) if letter == "o" else None
        if braced:
            self.position = braced.end()
            return self._character(int(braced[1], 8), start)
        return None

    def _hexadecimal(self, letter: str, start: int) -> str:
        found = _HEXADECIMAL[letter].match(self.text, self.position)
        if found is None:
            if self.dialect is Dialect.PCRE:
                self.refuse("\\x with fewer than two digits", start)
            self.invalid(f"\\{letter} without its hexadecimal digits", start)
        self.position = found.end()
        return self._character(int(found[1] or found[2], 16), start)

    def _character(self, point: int, start: int) -> str:
        if point > MAXIMUM or 0xD800 <= point <= 0xDFFF:
            self.invalid("no such character", start)
        return chr(point)

    def _property(self, start: int, *, negated: bool) -> Chars:
        found = _PROPERTY.match(self.text, self.position)
        if found is None:
            self.invalid("\\p without a property", start)
        chars = named_sets.general_category(found[2] if found[2] is not None else found[3])
        if chars is None:
            self.refuse("a Unicode property other than a general category", start)
        if self.flags.ignore_case and chars.has_case:
            self.refuse("a property of letters of one case where case is ignored, which versions read differently", start)
        self.position = found.end()
        return ~chars if negated != bool(found[1]) else chars

    # -- classes ------------------------------------------------------------------------------------------------------------------------

    def bracket(self) -> Chars:
        """A class in brackets, with the other case of its members where case is ignored."""
        start = self.position
        self.position += 1
        negated = self.accept("^")
        members: list[Chars] = []
        while not members or not self.at("]"):
            if self.at_end():
                self.invalid("missing ]", start)
            self._refuse_class_operation()
            low = self._member()
            if not self.at("-") or self.at("-]"):
                members.append(Chars.of(low) if isinstance(low, str) else low)
            else:
                members.append(self._range_from(low))
        self.position += 1
        chars = Chars.from_ranges(pair for member in members for pair in member.ranges)
        if self.flags.ignore_case:
            chars = chars.folded()
        return ~chars if negated else chars

    def _member(self) -> str | Chars:
        character = self.text[self.position]
        if character == "[":
            posix = _POSIX_CLASS.match(self.text, self.position)
            if posix and posix[2] in named_sets.POSIX:
                self.position = posix.end()
                return ~named_sets.POSIX[posix[2]] if posix[1] else named_sets.POSIX[posix[2]]
            if posix or _OTHER_BRACKET_CLASS.match(self.text, self.position):
                self.invalid("unknown class name")
            if self.dialect is Dialect.KUSTO:
                self.refuse("a class within a class")
        if character != "\\":
            self.position += 1
            return character
        if self.dialect is Dialect.PCRE and self.at("\\Q", "\\E"):
            self.refuse("\\Q and \\E in a class")
        return self.escaped(in_class=True)

    def _range_from(self, low: str | Chars) -> Chars:
        start = self.position
        self._refuse_class_operation()
        self.position += 1
        if self.at_end():
            self.invalid("missing ]")
        self._refuse_class_operation()
        high = self._member()
        if isinstance(low, Chars) or isinstance(high, Chars):
            # pcre2pattern, "Square brackets and character classes": a hyphen beside a class or type escape is an error.
            self.invalid("a range that begins or ends in a set", start)
        if low > high:
            self.invalid("a range in the wrong order", start)
        return Chars(((ord(low), ord(high)),))

    def _refuse_class_operation(self) -> None:
        if self.dialect is Dialect.KUSTO:
            if self.at(*_CLASS_OPERATIONS):
                self.refuse("an operation on classes")
            if self.flags.extended and (self.text[self.position].isspace() or self.at("#")):
                self.refuse("blanks in a class with the flag x")
