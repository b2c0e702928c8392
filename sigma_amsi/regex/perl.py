"""The reader of the Perl-like dialects: PCRE, which Sigma's `re` and Splunk use, and Kusto's, which is that of Rust.

What an expression says is read exactly or refused: `RegexSyntax` where the dialect itself rejects the text, `RegexConstruct` where it means
something that the tree cannot hold, or that versions of the dialect disagree on.
"""

import re
from typing import NamedTuple

from msgspec.structs import replace

from sigma_amsi.characters import ANY_CHARACTER, Chars, other_case
from sigma_amsi.regex import RegexConstruct, named_sets
from sigma_amsi.regex.perl_sets import Dialect, Flags, SetReader
from sigma_amsi.regex.tree import EMPTY, Anchor, Choice, Literal, OneOf, Place, RegexTree, Repeat, Sequence, choice, sequence

__all__ = ["MAXIMUM_DEPTH", "Dialect", "Expression", "line_may_start_at_end", "parse"]


class Expression(NamedTuple):
    """What an expression says: a search for `tree`, in which letters match their other case unless `cased`."""

    tree: RegexTree
    cased: bool


MAXIMUM_DEPTH = 50
"""Groups in groups. Deeper expressions are refused, so that everything that walks a tree may recurse."""

_MAXIMUM_REPEATS = {Dialect.PCRE: 65535, Dialect.KUSTO: 1000}


def parse(
    text: str, *, dialect: Dialect = Dialect.PCRE, ignore_case: bool = False, multiline: bool = False, dot_all: bool = False
) -> Expression:
    """Read an expression.

    An expression that ignores case as a whole keeps its literals and is not `cased`. Where only a part ignores case, the letters of that part
    become sets of both cases.
    """
    flags = Flags(ignore_case, multiline, dot_all)
    reader = _Reader(text, dialect, flags, both_cases=False)
    tree = reader.read()
    if reader.saw_cased and reader.saw_caseless:
        tree = _Reader(text, dialect, flags, both_cases=True).read()
    if dialect is Dialect.PCRE and line_may_start_at_end(tree, followed_by_nothing=True):
        # pcre2pattern, "Circumflex and dollar": with multiline, ^ does not hold after a newline that ends the subject.
        raise RegexConstruct("a multi-line ^ that may hold after the last newline", 0)
    return Expression(tree, cased=reader.saw_cased or not reader.saw_caseless)


_FLAG_LETTERS = {
    Dialect.PCRE: {"i": "ignore_case", "m": "multiline", "s": "dot_all", "x": "extended", "n": "", "U": "", "J": ""},
    Dialect.KUSTO: {"i": "ignore_case", "m": "multiline", "s": "dot_all", "x": "extended", "u": "unicode", "U": ""},
}
"""Flag letter -> the flag that it sets; empty where it has no say in whether a text matches (captures, greed)."""

_REFUSED_ESCAPES = {
    "R": "\\R, which takes \\r\\n as a whole",
    "K": "\\K, which moves the start of the match",
    "G": "\\G, which depends on the previous match",
    "C": "\\C, one byte",
    "X": "\\X, a grapheme",
    "g": "a back-reference or subroutine call",
    "k": "a back-reference",
}

_REFUSED_GROUPS = (
    ("?=", "look-ahead"),
    ("?!", "look-ahead"),
    ("?<=", "look-behind"),
    ("?<!", "look-behind"),
    ("?*", "look-ahead"),
    ("?>", "an atomic group"),
    ("?P=", "a back-reference"),
    ("?P>", "a subroutine call"),
    ("?&", "a subroutine call"),
    ("?R", "recursion"),
    ("?(", "a conditional group"),
    ("?C", "a callout"),
    ("*", "a verb"),
)

_NAMED_GROUP = {
    Dialect.PCRE: re.compile(r"\?(?:P?<[A-Za-z_]\w{0,127}>|'[A-Za-z_]\w{0,127}')", re.ASCII),
    Dialect.KUSTO: re.compile(r"\?P?<[A-Za-z_][\w.\[\]]*>"),
}
_INLINE_FLAGS = re.compile(r"\?(\^?)([A-Za-z]*)(?:-([A-Za-z]*))?([:)])")
_SUBROUTINE_NUMBER = re.compile(r"\?[+-]?\d")
_COUNT = re.compile(r"\{(\d+)(?:(,)(\d*))?\}", re.ASCII)
_PLAIN = re.compile(r"(?:[^\\\[\](){}?*+|^$.#\s\x80-\U0010FFFF]+|\\[\\\[\](){}?*+|^$.-])+(?![?*+{]|\(\?#)")
"""Characters of ASCII that stand for themselves, be it after a backslash, without one that a quantifier repeats, be it after a comment."""
_ESCAPED = re.compile(r"\\(.)")
_UNCERTAIN_COUNT = re.compile(r"\{ *(?:\d+ *(?:, *\d* *)?|, *\d+ *)\}", re.ASCII)


class _Reader(SetReader):
    """Recursive descent over one expression, at most `MAXIMUM_DEPTH` groups deep."""

    def __init__(self, text: str, dialect: Dialect, flags: Flags, *, both_cases: bool) -> None:
        super().__init__(text, dialect, flags)
        self.both_cases = both_cases
        self.depth = 0
        self.quoted = False  # between \Q and \E
        self.saw_cased = False
        self.saw_caseless = False

    def read(self) -> RegexTree:
        tree = self.alternatives()
        if not self.at_end():
            self.invalid("unmatched )")
        return tree

    def alternatives(self) -> RegexTree:
        options = [self.concatenation()]
        while self.accept("|"):
            options.append(self.concatenation())
        return choice(options) if len(options) > 1 else options[0]

    def concatenation(self) -> RegexTree:
        items: list[RegexTree] = []
        run: list[str] = []  # characters that stand for themselves, joined once
        while True:
            self.skip_ignored()
            if self.at_end() or (not self.quoted and self.at("|", ")")):
                break
            if plain := self.plain_text():
                run.append(plain)
                continue
            bare = not self.at("(")
            atom = self.atom()
            if atom is None:
                continue
            item = self.quantified(atom, bare_anchor=bare and isinstance(atom, Anchor))
            if isinstance(item, Literal):
                run.append(item.text)
                continue
            if run:
                items.append(Literal("".join(run)))
                run = []
            items.append(item)
        if run:
            items.append(Literal("".join(run)))
        return sequence(items) if items else EMPTY

    def plain_text(self) -> str:
        """As much as is read the same taken whole as character by character, consumed; most of an expression is."""
        if self.quoted or self.flags.extended or (self.both_cases and self.flags.ignore_case):
            return ""
        found = _PLAIN.match(self.text, self.position)
        if found is None:
            return ""
        self.position = found.end()
        text = _ESCAPED.sub(r"\1", found[0]) if "\\" in found[0] else found[0]
        if text.upper() != text or text.lower() != text:
            self.saw_caseless |= self.flags.ignore_case
            self.saw_cased |= not self.flags.ignore_case
        return text

    def atom(self) -> RegexTree | None:
        """One item without its quantifier; None for what adds nothing, like a change of flags."""
        if self.quoted:
            return self.quoted_character()
        character = self.text[self.position]
        match character:
            case "\\":
                return self.escape()
            case "(":
                return self.group()
            case "[":
                return self.one_of(self.bracket())
            case "*" | "+" | "?":
                self.invalid("nothing to repeat")
            case "{" if self.dialect is Dialect.KUSTO or _COUNT.match(self.text, self.position):
                self.invalid("nothing to repeat")
        self.position += 1
        match character:
            case ".":
                return self.one_of(ANY_CHARACTER if self.flags.dot_all else ~named_sets.NEWLINE)
            case "^":
                return Anchor(Place.LINE_START if self.flags.multiline else Place.TEXT_START)
            case "$":
                end = Place.TEXT_END_OR_LAST_NEWLINE if self.dialect is Dialect.PCRE else Place.TEXT_END
                return Anchor(Place.LINE_END if self.flags.multiline else end)
        return self.literal(character)

    # -- repetition ---------------------------------------------------------------------------------------------------------------------

    def quantified(self, atom: RegexTree, *, bare_anchor: bool) -> RegexTree:
        self.skip_ignored()
        start = self.position
        bounds = self.bounds()
        if bounds is None:
            return atom
        if bare_anchor and self.dialect is Dialect.PCRE:
            self.refuse("a repeated anchor", start)
        if not self.accept("?") and self.dialect is Dialect.PCRE and self.at("+"):
            self.refuse("a possessive quantifier")
        if self.bounds() is not None:
            self.refuse("a quantifier after a quantifier", start)
        minimum, maximum = bounds
        if (minimum, maximum) == (1, 1):
            return atom
        return EMPTY if maximum == 0 else Repeat(atom, minimum, maximum)

    def bounds(self) -> tuple[int, int | None] | None:
        """The quantifier that stands here, consumed; None where there is none."""
        if self.quoted or self.at_end():
            return None
        simple = {"*": (0, None), "+": (1, None), "?": (0, 1)}.get(self.text[self.position])
        if simple is not None:
            self.position += 1
            return simple
        if not self.at("{"):
            return None
        counted = _COUNT.match(self.text, self.position)
        if counted is None:
            if _UNCERTAIN_COUNT.match(self.text, self.position):
                self.refuse("a repetition with blanks or without a minimum, which versions read differently")
            if self.dialect is Dialect.KUSTO:
                self.invalid("incomplete repetition")
            return None
        minimum = int(counted[1][:9])
        maximum = minimum if counted[2] is None else int(counted[3][:9]) if counted[3] else None
        if max(minimum, maximum or 0) > _MAXIMUM_REPEATS[self.dialect]:
            self.invalid("too many repetitions")
        if maximum is not None and maximum < minimum:
            self.invalid("repetition bounds in the wrong order")
        self.position = counted.end()
        return minimum, maximum

    # -- groups -------------------------------------------------------------------------------------------------------------------------

    def group(self) -> RegexTree | None:
        start = self.position
        self.position += 1
        for opening, construct in _REFUSED_GROUPS:
            if self.at(opening) and (self.dialect is Dialect.PCRE or opening != "*"):
                self.refuse(construct, start)
        if _SUBROUTINE_NUMBER.match(self.text, self.position):
            self.refuse("a subroutine call", start)
        outer = self.flags
        if self.at("?") and not (self.dialect is Dialect.PCRE and self.accept("?|")):
            named = _NAMED_GROUP[self.dialect].match(self.text, self.position)
            if named:
                self.position = named.end()
            elif self.inline_flags(start):
                return None
        self.depth += 1
        if self.depth > MAXIMUM_DEPTH:
            self.refuse(f"more than {MAXIMUM_DEPTH} groups in one another", start)
        tree = self.alternatives()
        if not self.accept(")"):
            self.invalid("missing )", start)
        self.depth -= 1
        self.flags = outer
        return tree

    def inline_flags(self, start: int) -> bool:
        """Read `?i)` or `?i:`; whether it was the former, which holds until the end of the enclosing group, in later alternatives too."""
        found = _INLINE_FLAGS.match(self.text, self.position)
        if found is None:
            self.invalid("unknown group", start)
        reset, on, off, end = found.groups()
        letters = _FLAG_LETTERS[self.dialect]
        if not set(on + (off or "")) <= letters.keys() or (self.dialect is Dialect.KUSTO and (reset or off == "")):
            self.invalid("unknown flag", start)
        if "xx" in on:
            self.refuse("the flag xx", start)
        changes = {letters[letter]: True for letter in on} | {letters[letter]: False for letter in off or ""}
        changes.pop("", None)
        self.flags = replace(Flags() if reset else self.flags, **changes)
        self.position = found.end()
        return str(end) == ")"

    # -- escapes and leaves -------------------------------------------------------------------------------------------------------------

    def escape(self) -> RegexTree | None:
        if self.dialect is Dialect.PCRE and self.at("\\Q", "\\E"):
            self.quoted = self.at("\\Q") and not self.at("\\Q\\E")
            self.position += 2
            return None
        letter = self.text[self.position + 1 : self.position + 2]
        place = self.anchor(letter)
        if place is not None:
            self.position += 2
            return Anchor(place)
        if letter in _REFUSED_ESCAPES and self.dialect is Dialect.PCRE:
            self.refuse(_REFUSED_ESCAPES[letter])
        if letter.isdecimal() and letter != "0":
            self.refuse("a back-reference")
        found = self.escaped(in_class=False)
        return self.literal(found) if isinstance(found, str) else self.one_of(found)

    def quoted_character(self) -> RegexTree:
        character = self.text[self.position]
        self.position += 1
        if self.accept("\\E"):
            self.quoted = False
        return self.literal(character)

    def anchor(self, letter: str) -> Place | None:
        match letter:
            case "A":
                return Place.TEXT_START
            case "z":
                return Place.TEXT_END
            case "Z" if self.dialect is Dialect.PCRE:
                return Place.TEXT_END_OR_LAST_NEWLINE
            case "b" | "B":
                if self.dialect is Dialect.KUSTO and self.at("\\b{"):
                    self.refuse("a one-sided word edge")
                if self.dialect is Dialect.KUSTO and self.flags.unicode:
                    self.refuse(f"\\{letter} between Unicode words; (?-u:\\{letter}) asks for ASCII words")
                return Place.WORD_EDGE if letter == "b" else Place.NO_WORD_EDGE
        return None

    def literal(self, character: str) -> RegexTree:
        self.refuse_bytes(not character.isascii())
        if other_case(character) == character:
            return Literal(character)
        if not self.flags.ignore_case:
            self.saw_cased = True
        else:
            self.saw_caseless = True
            if self.both_cases:
                return OneOf(Chars.of(character).folded())
        return Literal(character)

    def one_of(self, chars: Chars) -> RegexTree:
        self.refuse_bytes(bool(chars.ranges) and chars.ranges[-1][1] >= 0x80)
        if len(chars) == 1:
            return self.literal(next(iter(chars)))
        if chars.has_case:
            self.saw_cased = True
        return OneOf(chars)

    def refuse_bytes(self, beyond_ascii: bool) -> None:
        if beyond_ascii and not self.flags.unicode:
            self.refuse("a character beyond ASCII with the flag -u, which matches bytes")

    def skip_ignored(self) -> None:
        """Comments; and with the flag x, blanks and comments to the end of the line."""
        while not self.quoted and not self.at_end():
            if self.dialect is Dialect.PCRE and self.at("(?#"):
                end = self.text.find(")", self.position)
                if end < 0:
                    self.invalid("missing ) after a comment")
                self.position = end + 1
            elif self.flags.extended and self.at("#"):
                end = self.text.find("\n", self.position)
                self.position = len(self.text) if end < 0 else end + 1
            elif self.flags.extended and self.at(*" \t\n\v\f\r"):
                self.position += 1
            else:
                return


def line_may_start_at_end(tree: RegexTree, *, followed_by_nothing: bool) -> bool:
    """Whether a start-of-line anchor of the tree can hold at the very end of a text, because nothing after it has to consume a character."""
    match tree:
        case Anchor(place):
            return place is Place.LINE_START and followed_by_nothing
        case Sequence(items):
            for item in reversed(items):
                if line_may_start_at_end(item, followed_by_nothing=followed_by_nothing):
                    return True
                followed_by_nothing = followed_by_nothing and _matches_empty(item)
            return False
        case Choice(options):
            return any(line_may_start_at_end(option, followed_by_nothing=followed_by_nothing) for option in options)
        case Repeat(item, _, _):
            return line_may_start_at_end(item, followed_by_nothing=followed_by_nothing)
        case _:
            return False


def _matches_empty(tree: RegexTree) -> bool:
    match tree:
        case Literal() | OneOf():
            return False
        case Sequence(items):
            return all(map(_matches_empty, items))
        case Choice(options):
            return any(map(_matches_empty, options))
        case Repeat(item, minimum, _):
            return minimum == 0 or _matches_empty(item)
        case Anchor():
            return True
