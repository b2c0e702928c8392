"""What stands in a rule beside its detection: read leniently, with a problem for each departure from the specification."""

import re
from collections.abc import Callable

from sigma_amsi.errors import Problem
from sigma_amsi.rule.document import ListNode, MapNode, Node, Scalar
from sigma_amsi.rule.model import LogSource, Related
from sigma_amsi.rule.problems import failure, shown
from sigma_amsi.rule.scalar import value_of

STATUSES = ("stable", "test", "experimental", "deprecated", "unsupported")
LEVELS = ("informational", "low", "medium", "high", "critical")
MAXIMUM_TITLE = 256

_UUID = re.compile(r"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}")
_DATE = re.compile(r"\d{4}-(?:0[1-9]|1[012])-(?:0[1-9]|[12]\d|3[01])", re.ASCII)
_TAG = re.compile(r"[a-z0-9_-]+\.[a-z0-9._-]+")
_LOG_SOURCE_PART = re.compile(r"[^\sA-Z]+")


class Metadata:
    """The keys of one map of a rule, and the list that problems are added to."""

    def __init__(self, node: MapNode, problems: list[Problem]) -> None:
        self.entries = node.entries
        self.line = node.line
        self.problems = problems

    def text(self, key: str) -> str:
        """A text; empty where there is none."""
        if key not in self.entries:
            return ""
        line, node = self.entries[key]
        if isinstance(node, Scalar):
            value = value_of(node)
            if isinstance(value, str):
                return value
            if value is None:
                return ""
        self.problem("metadata-type", f"`{key}` is no text", line)
        return node.text if isinstance(node, Scalar) else ""

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of texts; empty where there is none."""
        if key not in self.entries:
            return ()
        line, node = self.entries[key]
        if isinstance(node, Scalar):
            single = self.text(key)
            if single:
                self.problem("metadata-type", f"`{key}` is no list", line)
            return (single,) if single else ()
        if isinstance(node, ListNode) and all(isinstance(item, Scalar) for item in node.items):
            return tuple(item.text for item in node.items if isinstance(item, Scalar))
        self.problem("metadata-type", f"`{key}` is no list of texts", line)
        return ()

    def title(self) -> str:
        """The title. Raises RuleError missing-title."""
        title = self.text("title")
        if not title:
            raise failure("missing-title", "the rule has no title", self.line)
        if len(title) > MAXIMUM_TITLE:
            self.problem(
                "title-length", f"a title of {len(title)} characters; the specification allows {MAXIMUM_TITLE}", self.line_of("title")
            )
        return title

    def checked(self, key: str, code: str, is_valid: Callable[[str], object], expected: str, *, wanted: bool) -> str:
        """A text with a problem where it is not valid, or missing although it is wanted."""
        text = self.text(key)
        if text and not is_valid(text):
            self.problem(f"invalid-{code}", f"{shown(text)} is no {code}", self.line_of(key), expected)
        if not text and wanted:
            self.problem(f"missing-{code}", f"the rule has no {key}", self.line)
        return text

    def id(self) -> str:
        return self.checked("id", "id", _UUID.fullmatch, "a UUID", wanted=True)

    def status(self) -> str:
        return self.checked("status", "status", STATUSES.__contains__, ", ".join(STATUSES), wanted=True)

    def level(self) -> str:
        return self.checked("level", "level", LEVELS.__contains__, ", ".join(LEVELS), wanted=True)

    def date(self, key: str) -> str:
        return self.checked(key, "date", _DATE.fullmatch, "YYYY-MM-DD", wanted=False)

    def tags(self) -> tuple[str, ...]:
        """The tags."""
        tags = self.texts("tags")
        for tag in tags:
            if not _TAG.fullmatch(tag):
                self.problem("invalid-tag", f"{shown(tag)} is no tag", self.line_of("tags"), "namespace.name, in lower case")
        return tags

    def related(self) -> tuple[Related, ...]:
        """The related rules."""
        if "related" not in self.entries:
            return ()
        line, node = self.entries["related"]
        found = [_related(item) for item in node.items] if isinstance(node, ListNode) else [None]
        if None in found:
            self.problem("metadata-type", "`related` is no list of maps with id and type", line)
        return tuple(related for related in found if related is not None)

    def log_source(self) -> LogSource:
        """The log source. Raises RuleError: missing-log-source, log-source-type, empty-log-source."""
        if "logsource" not in self.entries:
            raise failure("missing-log-source", "the rule has no logsource", self.line)
        line, node = self.entries["logsource"]
        if not isinstance(node, MapNode):
            raise failure("log-source-type", "`logsource` is no map", line)
        parts = {key: _log_source_part(node, key) for key in ("category", "product", "service")}
        if not any(parts.values()):
            raise failure("empty-log-source", "`logsource` has no category, product or service", line)
        for key, text in parts.items():
            if text and not _LOG_SOURCE_PART.fullmatch(text):
                self.problem("log-source-spelling", f"the {key} {shown(text)}", node.entries[key][0], "lower case, `_` for blanks")
        return LogSource(**parts, definition=Metadata(node, self.problems).text("definition"))

    def line_of(self, key: str) -> int:
        return self.entries[key][0]

    def problem(self, code: str, message: str, line: int, hint: str = "") -> None:
        self.problems.append(Problem(code, message, line=line, hint=hint))


def _log_source_part(node: MapNode, key: str) -> str:
    if key not in node.entries:
        return ""
    line, value = node.entries[key]
    text = value_of(value) if isinstance(value, Scalar) else False
    if text is None:
        return ""
    if not isinstance(text, str):
        raise failure("log-source-type", f"the {key} of `logsource` is no text", line)
    return text


def _related(node: Node) -> Related | None:
    if not isinstance(node, MapNode):
        return None
    found = [node.entries[key][1] for key in ("id", "type") if key in node.entries]
    texts = [each.text for each in found if isinstance(each, Scalar)]
    return Related(*texts) if len(texts) == 2 else None
