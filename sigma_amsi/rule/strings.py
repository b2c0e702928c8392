"""Sigma strings: wildcards and escapes, placeholders, dashes, and what the encoding modifiers make of them."""

import re
from base64 import b64encode
from itertools import product

from sigma_amsi.characters import Chars
from sigma_amsi.errors import Refused
from sigma_amsi.pattern import ANY_MANY, ONE, Pattern, Token, containing, ending, exactly, starting
from sigma_amsi.rule.modifiers import Chain
from sigma_amsi.rule.problems import failure

DASHES = Chars.of("-/–—―")
"""What `windash` treats as one: hyphen, slash, en dash, em dash, horizontal bar."""

_MAXIMUM_ALTERNATIVES = 125

_SPECIAL = re.compile(r"\\([\\*?])|([*?])")
# Where a parameter begins: before a word and not after one. The other dashes of ` -param-name` belong to the name.
_PARAMETER_DASH = re.compile(r"\B[-/–—―]\b")
_PLACEHOLDER = re.compile(r"(?<!\\)%([^%]+)%")
_BYTE_ORDER_MARK = b"\xff\xfe"

_SHAPED = {"equals": exactly, "contains": containing, "startswith": starting, "endswith": ending}


def patterns_of(text: str, chain: Chain) -> tuple[Pattern, ...]:
    """The patterns that a value and the text modifiers of its chain stand for; more than one only for `base64offset`, or dashes in an encoding.

    Raises RuleError encoding-value, and Refused placeholder.
    """
    if not ("*" in text or "?" in text or "\\\\" in text or chain.encodings or chain.windash or chain.expand):
        return (_SHAPED[chain.shape](text),)  # as most values are
    tokens = _tokens(text)
    if chain.expand:
        tokens = _without_placeholders(tokens)
    if chain.windash:
        tokens = _with_dashes(tokens)
    alternatives = _encoded(tokens, chain.encodings) if chain.encodings else [tokens]
    before = [ANY_MANY] if chain.shape in ("contains", "endswith") else []
    after = [ANY_MANY] if chain.shape in ("contains", "startswith") else []
    return tuple(Pattern.of(*before, *alternative, *after) for alternative in alternatives)


def literal_of(text: str) -> str | None:
    """The text that a value without wildcards stands for, with its escapes resolved; None when it has a wildcard."""
    return Pattern.of(*_tokens(text)).literal


def refuse_placeholders(text: str) -> None:
    """Raise Refused placeholder when the text has one."""
    found = _PLACEHOLDER.search(text)
    if found:
        raise Refused("placeholder", f"the placeholder %{found[1]}% has no value", hint="write the values into the rule")


def plain_percents(text: str) -> str:
    """The text with `\\%` as `%`: how `expand` writes a percent sign that begins no placeholder."""
    return text.replace("\\%", "%")


def _tokens(text: str) -> list[Token]:
    if "*" not in text and "?" not in text and "\\\\" not in text:
        return [text]
    tokens: list[Token] = []
    end = 0
    for found in _SPECIAL.finditer(text):
        tokens.append(text[end : found.start()])
        end = found.end()
        tokens.append(found[1] or (ANY_MANY if found[2] == "*" else ONE))
    tokens.append(text[end:])
    return list(Pattern.of(*tokens).tokens)


def _without_placeholders(tokens: list[Token]) -> list[Token]:
    for token in tokens:
        if isinstance(token, str):
            refuse_placeholders(token)
    return [plain_percents(token) if isinstance(token, str) else token for token in tokens]


def _with_dashes(tokens: list[Token]) -> list[Token]:
    found: list[Token] = []
    for token in tokens:
        if not isinstance(token, str):
            found.append(token)
            continue
        first, *rest = _PARAMETER_DASH.split(token)
        found.append(first)
        for part in rest:
            found += (DASHES, part)
    return found


def _encoded(tokens: list[Token], encodings: tuple[str, ...]) -> list[list[Token]]:
    found: list[list[Token]] = []
    for alternative in _each_dash(tokens):
        if encodings[-1] in ("base64", "base64offset"):
            found += ([text] for text in _base64(_bytes_of(alternative, encodings), offsets=encodings[-1] == "base64offset"))
        else:
            found.append([_wide_token(token, encodings[0]) for token in alternative])
    return found


def _each_dash(tokens: list[Token]) -> list[list[Token]]:
    """The tokens once for each way to write their dashes: an encoding gives each dash other bytes."""
    choices: list[list[Token]] = [list(token) if token == DASHES and isinstance(token, Chars) else [token] for token in tokens]
    alternatives = 1
    for choice in choices:
        alternatives *= len(choice)
        if alternatives > _MAXIMUM_ALTERNATIVES:
            raise failure("encoding-value", "more than three dashes to be written in every way and then encoded")
    return [list(Pattern.of(*alternative).tokens) for alternative in product(*choices)]


def _bytes_of(tokens: list[Token], encodings: tuple[str, ...]) -> bytes:
    text = Pattern(tuple(tokens)).literal
    if text is None:
        raise failure("encoding-value", f"`{encodings[-1]}` of a value with wildcards", hint="escape `*` and `?` that stand for themselves")
    if not text:
        raise failure("encoding-value", f"`{encodings[-1]}` of an empty value")
    if len(encodings) == 1:
        return text.encode()
    mark = _BYTE_ORDER_MARK if encodings[0] == "utf16" else b""
    return mark + _wide(text, encodings[0])


def _wide_token(token: Token, encoding: str) -> Token:
    """The token of a value whose bytes are compared as they are, each as a character: possible for ASCII only."""
    if token == ANY_MANY:
        return token
    if not isinstance(token, str):
        raise failure("encoding-value", f"`{encoding}` of a value with the wildcard `?`, which could stand for any bytes")
    data = _wide(token, encoding)
    if encoding == "utf16" or not data.isascii():
        message = f"the bytes that `{encoding}` gives are no text that an event could hold"
        raise failure("encoding-value", message, hint="encode the bytes with base64 or base64offset")
    return data.decode("ascii")


def _wide(text: str, encoding: str) -> bytes:
    return text.encode("utf-16-be" if encoding == "utf16be" else "utf-16-le")


def _base64(data: bytes, *, offsets: bool) -> list[str]:
    if not offsets:
        return [b64encode(data).decode()]
    texts = [_base64_within(data, offset) for offset in range(3)]
    if not all(texts):
        raise failure("encoding-value", "`base64offset` of a single byte, which leaves nothing to look for", hint="use a longer value")
    return texts


def _base64_within(data: bytes, offset: int) -> str:
    """The characters that stand for `data` alone, when `offset` bytes stand before it in its group of three and any bytes follow."""
    encoded = b64encode(bytes(offset) + data).decode()
    first = (0, 2, 3)[offset]
    unknown = (0, 3, 2)[(offset + len(data)) % 3]
    return encoded[first : len(encoded) - unknown]
