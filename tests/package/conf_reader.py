"""A reader of Splunk's .conf files, written from the format's description and independent of what writes them."""


class Broken(Exception):
    """The file does not say what a file of ours should."""


def read_conf(content: bytes) -> dict[str, dict[str, str]]:
    """Stanza -> key -> value. Stricter than Splunk: a doubled stanza or key, or a line that is neither, is an error."""
    text = content.decode("utf-8")
    if text.startswith("\ufeff") or "\r" in text:
        raise Broken("byte order mark or carriage return")
    return _stanzas(_logical_lines(text.split("\n")))


def read_conf_like_python(content: bytes) -> dict[str, dict[str, str]]:
    """The same by readers that take every character for a line's end that Python's `splitlines` does."""
    return _stanzas(_logical_lines([*content.decode("utf-8").splitlines(), ""]))


def _logical_lines(lines: list[str]) -> list[str]:
    logical: list[str] = []
    rest = iter(lines)
    for line in rest:
        while line.endswith("\\"):
            following = next(rest, None)
            if following is None:
                raise Broken("the last line continues")
            line = f"{line[:-1]}\n{following}"
        logical.append(line)
    return logical


def _stanzas(lines: list[str]) -> dict[str, dict[str, str]]:
    stanzas: dict[str, dict[str, str]] = {}
    current: dict[str, str] | None = None
    for line in lines:
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        if line.startswith("["):
            if not line.endswith("]"):
                raise Broken(f"no end of a stanza's name: {line!r}")
            name = line[1:-1]
            if name in stanzas:
                raise Broken(f"stanza twice: {name!r}")
            current = stanzas[name] = {}
            continue
        key, equals, value = line.partition("=")
        if not equals or current is None:
            raise Broken(f"neither stanza nor key: {line!r}")
        if key.strip() in current:
            raise Broken(f"key twice: {key!r}")
        current[key.strip()] = value.strip()
    return stanzas
