"""The writer of the Perl-like dialects: text that is readable, and that the dialect reads as the tree means it.

Only constructs with the same meaning in every version of a dialect are used. In Kusto, whose `\\d`, `\\w`, `\\s` and `\\b` are about Unicode, sets are written
out and word edges are rewritten into the characters around them.
"""

from collections.abc import Callable, Mapping

from sigma_amsi.characters import ANY_CHARACTER, MAXIMUM, Chars, fold
from sigma_amsi.regex import RegexConstruct
from sigma_amsi.regex.named_sets import DIGIT, SPACE, WORD
from sigma_amsi.regex.perl import Dialect, line_may_start_at_end
from sigma_amsi.regex.tree import EMPTY, Anchor, Choice, Literal, OneOf, Place, RegexTree, Repeat, Sequence, choice, sequence
from sigma_amsi.regex.whole import NOTHING, has_anchor, optional, searched, whole


def write_perl(tree: RegexTree, dialect: Dialect, *, cased: bool) -> str:
    """The expression as text, the flags that it needs in front: `(?i)` for letters in any case, `(?s)` where `.` stands for every character.

    Raises RegexConstruct where the dialect cannot say it.
    """
    if dialect is Dialect.KUSTO:
        tree = _with_kusto_anchors(tree)
    elif line_may_start_at_end(tree, followed_by_nothing=True):
        # pcre2pattern, "Circumflex and dollar": with multiline, ^ does not hold after a newline that ends the subject.
        raise RegexConstruct("the start of a line that may be the end of the text")
    ignores_case = not cased and has_letters(tree)
    writer = _Writer(dialect, ignores_case)
    body = writer.write(tidy(tree))
    flags = ("i" if ignores_case else "") + ("s" if writer.used_dot else "")
    return f"(?{flags}){body}" if flags else body


def _with_kusto_anchors(tree: RegexTree) -> RegexTree:
    """The expression with those anchors alone that Kusto has."""
    tree = _with_final_newline(tree)
    if has_anchor(tree, (Place.WORD_EDGE, Place.NO_WORD_EDGE, Place.TEXT_END_OR_LAST_NEWLINE)):
        return searched(whole(tree))
    return tree


def _with_final_newline(tree: RegexTree) -> RegexTree:
    """`\\n?$` for a `$` before the last newline where nothing follows it."""
    match tree:
        case Anchor(Place.TEXT_END_OR_LAST_NEWLINE):
            return sequence([optional(Literal("\n")), Anchor(Place.TEXT_END)])
        case Sequence(items) if items:
            return sequence([*items[:-1], _with_final_newline(items[-1])])
        case Choice(options):
            return choice([_with_final_newline(option) for option in options])
    return tree


_META = frozenset(r"\.^$|?*+()[]{}")
_META_IN_CLASS = frozenset(r"\]^[-&~")  # the doubled && -- ~~ are operators in Kusto

_MAXIMUM_COUNT = {Dialect.PCRE: 65535, Dialect.KUSTO: 1000}

_NAMED: Mapping[Chars, str] = {DIGIT: r"\d", ~DIGIT: r"\D", WORD: r"\w", ~WORD: r"\W", SPACE: r"\s", ~SPACE: r"\S"}

_ANCHORS = {
    Dialect.PCRE: {
        Place.TEXT_START: "^",
        Place.TEXT_END: r"\z",
        Place.TEXT_END_OR_LAST_NEWLINE: "$",
        Place.LINE_START: "(?m:^)",
        Place.LINE_END: "(?m:$)",
        Place.WORD_EDGE: r"\b",
        Place.NO_WORD_EDGE: r"\B",
    },
    Dialect.KUSTO: {Place.TEXT_START: "^", Place.TEXT_END: "$", Place.LINE_START: "(?m:^)", Place.LINE_END: "(?m:$)"},
}


class _Writer:
    """Writes one expression, and notes whether it used the dot."""

    def __init__(self, dialect: Dialect, ignores_case: bool) -> None:
        self._dialect = dialect
        self._ignores_case = ignores_case
        self.used_dot = False

    def write(self, tree: RegexTree) -> str:
        """The text of a tidy tree that stands alone."""
        match tree:
            case Literal(text):
                return "".join(_character(each, _META) for each in text)
            case OneOf(chars):
                return self._set(chars)
            case Sequence(items):
                return "".join(map(self._item, items))
            case Choice(options):
                return "|".join(map(self.write, options))
            case Repeat(item, minimum, maximum):
                if max(minimum, maximum or 0) > _MAXIMUM_COUNT[self._dialect]:
                    raise RegexConstruct(f"a repetition of more than {_MAXIMUM_COUNT[self._dialect]} times")
                return self._atom(item) + quantifier(minimum, maximum)
            case Anchor(place):
                return _ANCHORS[self._dialect][place]

    def _item(self, tree: RegexTree) -> str:
        return f"(?:{self.write(tree)})" if isinstance(tree, Choice) else self.write(tree)

    def _atom(self, tree: RegexTree) -> str:
        return self.write(tree) if is_atom(tree) else f"(?:{self.write(tree)})"

    def _set(self, chars: Chars) -> str:
        if self._ignores_case:
            chars = chars.folded()
        if chars == ANY_CHARACTER:
            self.used_dot = True
            return "."
        if not chars.ranges:
            raise RegexConstruct("a set without members")
        if self._dialect is Dialect.PCRE and chars in _NAMED:
            return _NAMED[chars]
        negated = chars.ranges[-1][1] == MAXIMUM
        listed = ~chars if negated else chars
        if self._ignores_case:
            listed = _shortened(listed)
        if len(listed) == 1 and not negated:
            return _character(next(iter(listed)), _META)
        return f"[{'^' if negated else ''}{members_text(listed, lambda character: _character(character, _META_IN_CLASS))}]"


def quantifier(minimum: int, maximum: int | None) -> str:
    """The shortest quantifier for the bounds."""
    match minimum, maximum:
        case 0, None:
            return "*"
        case 1, None:
            return "+"
        case 0, 1:
            return "?"
        case _, None:
            return f"{{{minimum},}}"
    return f"{{{minimum}}}" if minimum == maximum else f"{{{minimum},{maximum}}}"


def is_atom(tree: RegexTree) -> bool:
    """Whether a quantifier behind the tree's text applies to all of it."""
    return isinstance(tree, OneOf) or (isinstance(tree, Literal) and len(tree.text) == 1)


def tidy(tree: RegexTree) -> RegexTree:
    """The same expression, flat, without parts that match nothing, and with `(a|b)?` for `(a|b|)`, which some dialects do not take."""
    match tree:
        case Sequence(items):
            tidied = [tidy(item) for item in items]
            return NOTHING if NOTHING in tidied else sequence(tidied)
        case Choice(options):
            return _tidy_choice([tidy(option) for option in options])
        case Repeat(item, minimum, maximum):
            tidied_item = tidy(item)
            if tidied_item == NOTHING:
                return NOTHING if minimum else EMPTY
            return Repeat(tidied_item, minimum, maximum)
    return tree


def _tidy_choice(options: list[RegexTree]) -> RegexTree:
    possible = [option for option in options if option != NOTHING]
    if not possible:
        return NOTHING
    flat = choice(possible)
    if isinstance(flat, Choice) and EMPTY in flat.options:
        return optional(choice([option for option in flat.options if option != EMPTY]))
    return flat


def members_text(chars: Chars, spelled: Callable[[str], str]) -> str:
    """The inside of a class in brackets."""
    texts = []
    for low, high in chars.ranges:
        if any(0xD800 <= point <= 0xDFFF for point in (low, high)):
            raise RegexConstruct("half of a surrogate pair")
        texts.append(spelled(chr(low)) + (("-" if high > low + 1 else "") + spelled(chr(high)) if high > low else ""))
    return "".join(texts)


def has_letters(tree: RegexTree) -> bool:
    """Whether the expression tells the cases of some letter apart."""
    match tree:
        case Literal(text):
            return any(len(Chars.of(character).folded()) > 1 for character in text)
        case OneOf(chars):
            return chars.has_case
        case Sequence(parts) | Choice(parts):
            return any(map(has_letters, parts))
        case Repeat(item, _, _):
            return has_letters(item)
    return False


def _character(character: str, special: frozenset[str]) -> str:
    if character in special:
        return "\\" + character
    if 0xD800 <= ord(character) <= 0xDFFF:
        raise RegexConstruct("half of a surrogate pair")
    if character.isprintable():
        return character
    return {"\n": r"\n", "\r": r"\r", "\t": r"\t"}.get(character) or f"\\x{{{ord(character):x}}}"


def _shortened(chars: Chars) -> Chars:
    """A set closed under case without its upper-case letters, for text that ignores case anyway, where that makes it shorter."""
    lower = Chars.from_ranges((ord(each), ord(each)) for each in chars if fold(each) == each) if len(chars) < 1024 else chars
    return lower if len(lower.ranges) <= len(chars.ranges) else chars
