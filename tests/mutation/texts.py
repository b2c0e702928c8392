"""Changes of one thing in a query's text. What comes out may mean the same, something else, or nothing at all."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from random import Random

Change = Callable[[str], str | None]

# What has quotes is text; everything else is the language's own. Lucene writes its values without quotes.
_QUOTED: Mapping[str, re.Pattern[str]] = {
    "splunk": re.compile(r'"(?:[^"\\]|\\.)*"', re.DOTALL),
    "kusto": re.compile(r'@"[^"]*"|@\'[^\']*\'|"(?:[^"\\]|\\.)*"|\'(?:[^\'\\]|\\.)*\'', re.DOTALL),
    "lucene": re.compile(r'"(?:[^"\\]|\\.)*"|/(?:\\/|[^/])*/', re.DOTALL),
    "eql": re.compile(r'""".*?"""|"(?:[^"\\]|\\.)*"', re.DOTALL),
    "kibana": re.compile(r'"(?:[^"\\]|\\.)*"', re.DOTALL),
}
_CONNECTIVES = {"and": "or", "or": "and", "AND": "OR", "OR": "AND"}
_ORDERS = (">", ">=", "<", "<=")
_OPERATORS: Mapping[str, Sequence[Sequence[str]]] = {
    "splunk": (("=", "!="), _ORDERS),
    "kusto": (
        ("=~", "==", "!=", "!~", "contains", "contains_cs", "startswith", "endswith", "has"),
        ("in~", "in", "!in~"),
        _ORDERS,
    ),
    "lucene": ((":", ":>", ":<="),),
    "eql": ((":", "like~", "like", "regex~"), ("==", "!="), ("in~", "in"), _ORDERS),
    "kibana": ((":", *_ORDERS),),
}
"""Operators that can stand in each other's place."""
_OPERATOR = {
    "splunk": re.compile(r"!=|>=|<=|=|>|<"),
    "kusto": re.compile(r"==|=~|!=|!~|>=|<=|\b(?:contains_cs|contains|startswith|endswith|has)\b|!?\bin~?(?=\s*\()|[<>]"),
    "lucene": re.compile(r"(?<!\\):"),
    "eql": re.compile(r"==|!=|>=|<=|:|\b(?:like|in|regex)\b~?|[<>]"),
    "kibana": re.compile(r"(?<!\\):|>=|<=|[<>]"),
}
_OPERATIONS = (
    ("CreateKey", "DeleteKey", "DeleteValue", "SetValue", "RenameKey"),
    ("RegistryKeyCreated", "RegistryKeyDeleted", "RegistryValueDeleted", "RegistryValueSet", "RegistryKeyRenamed"),
    ("FileCreated", "FileModified", "FileDeleted", "FileRenamed"),
    ("ConnectionSuccess", "ConnectionFailed", "InboundConnectionAccepted"),
    ("egress", "ingress"),
)
_CALL = re.compile(r"(?i)(?<![\w~])(?!(?:and|or|not|where)\s*$)[\w~:]+\s*$")
"""What stands before a parenthesis that groups nothing: a function or `in`."""
_LETTERS = "abcxyzABCXYZ0189 .-_/"


@dataclass(frozen=True, slots=True)
class Mutant:
    """A changed text, and what kind of thing was changed."""

    kind: str
    text: str


def mutants(text: str, language: str, columns: Sequence[str], chance: Random, count: int) -> Iterator[Mutant]:
    """Up to `count` different changes of the text, of all kinds in turn. `columns`: names to put in another's place."""
    changer = _Changer(text, language, columns, chance)
    kinds = list(_KINDS)
    chance.shuffle(kinds)
    seen = {text}
    for attempt in range(count * 4):
        kind = kinds[attempt % len(kinds)]
        changed = _KINDS[kind](changer)
        if changed is not None and changed not in seen:
            seen.add(changed)
            yield Mutant(kind, changed)
            if len(seen) > count:
                return


class _Changer:
    """Changes one place of one text, chosen by chance. Every method gives None where there is no such place."""

    def __init__(self, text: str, language: str, columns: Sequence[str], chance: Random) -> None:
        self.text, self.language, self.columns, self.chance = text, language, columns, chance
        self.quoted = [found.span() for found in _QUOTED[language].finditer(text)]

    def connective(self) -> str | None:
        """`and` for `or`, and the other way round."""
        return self._replace_one(r"\b(?:and|or|AND|OR)\b", lambda word: _CONNECTIVES[word], inside=False)

    def negation(self) -> str | None:
        """A `not` less."""
        return self._replace_one(r"\b(?:not|NOT)\b *", lambda _: "", inside=False)

    def operator(self) -> str | None:
        """Another operator of the language."""
        groups = {word: group for group in _OPERATORS[self.language] for word in group}
        expression = _OPERATOR[self.language].pattern
        return self._replace_one(expression, lambda word: self._other(word, groups.get(word, (word,))), inside=False)

    def column(self) -> str | None:
        """Another column."""
        names = "|".join(re.escape(name) for name in sorted(self.columns, key=len, reverse=True))
        return self._replace_one(rf"(?<![\w.])(?:{names})(?![\w.])", lambda word: self._other(word, self.columns), inside=False)

    def operation(self) -> str | None:
        """Another of the operations that a log source tells apart."""
        words = [word for group in _OPERATIONS for word in group]
        groups = {word: group for group in _OPERATIONS for word in group}
        return self._replace_one(rf"\b(?:{'|'.join(words)})\b", lambda word: self._other(word, groups[word]))

    def parenthesis(self) -> str | None:
        """A pair of parentheses less."""
        pairs, opened = [], []
        for position, character in enumerate(self.text):
            if self._is_quoted(position) or self.text[position - 1 : position] == "\\":
                continue
            if character == "(":
                opened.append(position)
            elif character == ")" and opened:
                pairs.append((opened.pop(), position))
        pairs = [(start, end) for start, end in pairs if not _CALL.search(self.text[:start])]
        if not pairs:
            return None
        start, end = self.chance.choice(pairs)
        return f"{self.text[:start]} {self.text[start + 1 : end]} {self.text[end + 1 :]}"

    def value(self) -> str | None:
        """Another character, one less or one more."""
        position = self._place(r"\w")
        if position is None:
            return None
        put = self.chance.choice((self.chance.choice(_LETTERS), "", self.text[position] * 2))
        return self.text[:position] + put + self.text[position + 1 :]

    def letter_case(self) -> str | None:
        """The other case of a letter."""
        return self._replace_one("[A-Za-z]", str.swapcase, inside=True)

    def escape(self) -> str | None:
        """A backslash less, or one more."""
        position = self._place(r"\\")
        if position is None:
            return None
        return self.text[:position] + self.chance.choice(("", "\\\\")) + self.text[position + 1 :]

    def wildcard(self) -> str | None:
        """A wildcard less, a narrower one, or one more at some place."""
        position = self._place(r"\*")
        if position is None or self.chance.random() < 0.3:
            position = self._place(r"\w")
            return None if position is None else self.text[:position] + "*" + self.text[position:]
        return self.text[:position] + self.chance.choice(("", "?")) + self.text[position + 1 :]

    def case_flag(self) -> str | None:
        """The mark that switches case off or on."""
        flags = {"(?i)": "", "=~": "==", "in~": "in", "like~": "like", "regex~": "regex", "!~": "!=", "(?is)": "(?s)", "CASE": ""}
        return self._replace_one("|".join(map(re.escape, flags)), lambda word: flags[word])

    def member(self) -> str | None:
        """A member of a list less."""
        return self._replace_one(r',\s*@?"(?:[^"\\]|\\.)*"|\s+OR\s+[^\s()]+(?=\s*\))', lambda _: "")

    def function(self) -> str | None:
        """Another function, or a conditional that is settled."""
        found = {
            "endsWith~": "startsWith~",
            "startsWith~": "endsWith~",
            "stringContains~": "endsWith~",
            "isempty": "isnotempty",
            "isnotempty": "isempty",
            "isnull": "isnotnull",
            "coalesce": "strcat",
            "lower": "upper",
            "match": "like",
        }
        return self._replace_one(rf"\b(?:{'|'.join(found)})(?=\()", lambda word: found[word], inside=False)

    def _place(self, expression: str) -> int | None:
        """A place of a character of a value."""
        places = [found.start() for found in re.finditer(expression, self.text)]
        if self.language != "lucene" and self.language != "kibana":
            places = [place for place in places if self._is_quoted(place)]
        return self.chance.choice(places) if places else None

    def _replace_one(self, expression: str, other: Callable[[str], str], *, inside: bool | None = None) -> str | None:
        found = [each for each in re.finditer(expression, self.text) if inside is None or self._is_quoted(each.start()) == inside]
        if not found:
            return None
        chosen = self.chance.choice(found)
        return self.text[: chosen.start()] + other(chosen[0]) + self.text[chosen.end() :]

    def _other(self, word: str, words: Sequence[str]) -> str:
        return self.chance.choice([other for other in words if other != word] or [word])

    def _is_quoted(self, position: int) -> bool:
        return any(start <= position < end for start, end in self.quoted)


_KINDS: Mapping[str, Callable[[_Changer], str | None]] = {
    "connective": _Changer.connective,
    "negation": _Changer.negation,
    "operator": _Changer.operator,
    "column": _Changer.column,
    "operation": _Changer.operation,
    "parenthesis": _Changer.parenthesis,
    "value": _Changer.value,
    "letter case": _Changer.letter_case,
    "escape": _Changer.escape,
    "wildcard": _Changer.wildcard,
    "case flag": _Changer.case_flag,
    "member": _Changer.member,
    "function": _Changer.function,
}
