"""The commands of a search, one after the other: which rows they keep, and what they do to fields."""

import re
from collections.abc import Callable, Mapping

from msgspec.structs import replace

from sigma_amsi.pattern import ANY_MANY, Pattern
from sigma_amsi.pipeline.schema import Table
from sigma_amsi.predicate.construct import is_nullable, test
from sigma_amsi.predicate.evaluate import pattern_test
from sigma_amsi.predicate.tree import Predicate, all_of, negation

from .comparisons import settled
from .expressions import Computed, Entry, Given, Hidden, Reader, Scope
from .literals import regular_expression, unescaped
from .source import Command, Source, commands
from .syntax import ExpressionParser, Name
from .values import Found, Site, String

_BLANK = re.compile(r"\s*")
_WORD = re.compile(r"\s*([A-Za-z_]+)")
_EXPLICIT_SEARCH = re.compile(r"\s*search\b(?!\s*(?:=|!=|<|>))")
_REGEX = re.compile(
    r'\s*(?:(?:"(?P<quoted>[^"\\]+)"|(?P<field>[^\s"=!|]+))\s*(?P<operator>!?=)\s*)?"(?P<text>(?:[^"\\]|\\.)*)"\s*', re.DOTALL
)
_REX_OPTION = re.compile(r'\s*(field|max_match|offset_field|mode)\s*=\s*(?:"([^"\\]*)"|([^\s"]+))')
_REX_TEXT = re.compile(r'\s*"((?:[^"\\]|\\.)*)"', re.DOTALL)
_SIGN = re.compile(r"\s*([+-])?(?=\s)")
_GROUP = re.compile(r"\(\?P?<([A-Za-z_]\w*)>")
_FIELD_LIST = re.compile(r'\s*(?:"([^"\\]+)"|([^\s",|]+))\s*,?')
_RENAME = re.compile(r'\s*(?:"([^"\\]+)"|([^\s",]+))\s+(?i:as)\s+(?:"([^"\\]+)"|([^\s",]+))\s*,?')

_MAY_DROP_ROWS = frozenset(
    {
        "append",
        "dedup",
        "head",
        "join",
        "lookup",
        "multisearch",
        "mvexpand",
        "rare",
        "return",
        "sort",
        "stats",
        "tail",
        "top",
        "transaction",
    }
    | {"tstats", "uniq", "chart", "timechart", "eventstats", "streamstats", "inputlookup", "map", "union", "makeresults"}
)

_MAXIMUM_COMMANDS = 1000
_MAXIMUM_WILDCARDS = 100


def read_commands(source: Source, table: Table) -> Predicate:
    """What all commands say together."""
    reader = _Commands(source, table)
    first, *others = commands(source)
    if len(others) > _MAXIMUM_COMMANDS:
        raise source.unreadable(f"more than {_MAXIMUM_COMMANDS} commands", others[_MAXIMUM_COMMANDS].start)
    reader.first(first, others)
    for command in others:
        reader.next(command)
    return all_of(reader.conditions)


class _Commands:
    def __init__(self, source: Source, table: Table) -> None:
        self.conditions: list[Predicate] = []
        self._source = source
        self._scope = Scope(table)
        self._reader = Reader(source)

    def first(self, command: Command, others: list[Command]) -> None:
        """The command before the first pipe: a search, whose name may be left out. A blank means that the next command finds the events."""
        if self._has_more(command.start, command):
            word = _EXPLICIT_SEARCH.match(self._source.text, command.start, command.end)
            self._search(Command(word.end() if word else command.start, command.end))
        elif others:
            name, _ = self._name(others[0])
            if name != "search":
                # Search Reference: `rex`, `where` and the like are streaming commands, which a search cannot begin with.
                raise self._source.unreadable(f"a search cannot begin with `{name}`, which finds no events", others[0].start)
        else:
            raise self._source.unreadable("the search is empty", command.start)

    def next(self, command: Command) -> None:
        """A command after a pipe."""
        name, rest = self._name(command)
        read = _COMMANDS.get(name)
        if read is not None:
            read(self, rest)
        elif name in _MAY_DROP_ROWS:
            raise self._source.unreadable(f"`{name}` can change which events the search gives", command.start)
        else:
            raise self._source.unreadable(f"the command `{name}` is not known", command.start)

    def _name(self, command: Command) -> tuple[str, Command]:
        word = _WORD.match(self._source.text, command.start, command.end)
        if word is None:
            raise self._source.unreadable("the name of a command is missing", command.start)
        return word[1], Command(word.end(), command.end)

    def _keep(self, predicate: Predicate) -> None:
        self.conditions.append(predicate)
        self._scope = replace(self._scope, known=self._scope.known.and_(predicate))

    def _search(self, rest: Command) -> None:
        self._keep(self._reader.search(rest, self._scope))

    def _where(self, rest: Command) -> None:
        node = ExpressionParser(self._source, rest).whole()
        self._keep(settled(self._reader.condition(node, self._scope, self._scope.known).true_when))

    def _eval(self, rest: Command) -> None:
        assignments = ExpressionParser(self._source, rest).assignments()
        if len(assignments) > _MAXIMUM_COMMANDS:
            raise self._source.unreadable(f"more than {_MAXIMUM_COMMANDS} fields in one `eval`", rest.start)
        for name, node in assignments:
            self._set(name, Computed(node, self._scope))

    def _regex(self, rest: Command) -> None:
        """Search Reference, "regex": an unanchored search, of `_raw` where no field is named."""
        found = _REGEX.fullmatch(self._source.text, rest.start, rest.end)
        if found is None:
            raise self._source.unreadable("`regex` takes a field, `=` or `!=`, and an expression in quotes", rest.start)
        site = self._site(found.start("text") - 1)
        value = self._field(found["quoted"] or found["field"] or "_raw", site)
        holds = test(value.term, regular_expression(found["text"], site))
        if found["operator"] == "!=":
            if not self._scope.known.has(value.term):
                raise self._source.unreadable("what `regex` with != does with a missing field is not documented", found.start("operator"))
            holds = negation(holds)
        self._keep(holds)

    def _rex(self, rest: Command) -> None:
        """Search Reference, "rex": extracts fields, and never drops an event."""
        position, options = rest.start, {}
        text: re.Match[str] | None = None
        while position < rest.end and self._has_more(position, rest):
            option = _REX_OPTION.match(self._source.text, position, rest.end)
            if option is not None:
                options[option[1]] = option[2] if option[2] is not None else option[3]
                position = option.end()
                continue
            found = _REX_TEXT.match(self._source.text, position, rest.end)
            if found is None or text is not None:
                raise self._source.unreadable("`rex` takes options and one expression in quotes", position)
            text, position = found, found.end()
        if text is None or "mode" in options or "offset_field" in options:
            raise self._source.unreadable("`rex` is read with an expression that extracts fields", rest.start)
        self._extract(options.get("field", "_raw"), text[1], self._site(text.start(1) - 1))

    def _extract(self, name: str, text: str, site: Site) -> None:
        holds = regular_expression(text, site)
        groups = _GROUP.findall(unescaped(text))
        whole = len(groups) == 1 and _is_one_group(unescaped(text))
        for group in groups:
            entry: Entry = Hidden("only a group that is the whole expression of a `rex` is read")
            if group in self._scope.own or group in self._scope.table.columns:
                entry = Hidden("`rex` replaces the field only where its expression matches")
            elif is_nullable(holds.tree):
                entry = Hidden("whether a group that matches the empty text makes a field is not documented")
            elif whole:
                value = self._field(name, site)
                entry = Given(Found(test(value.term, holds)))
            self._set(group, entry)

    def _fields(self, rest: Command) -> None:
        """Search Reference, "fields": keeps the fields, and always `_raw` and `_time`; with `-` removes them."""
        sign = _SIGN.match(self._source.text, rest.start, rest.end)
        is_named = self._name_list(Command(sign.end() if sign else rest.start, rest.end))
        if sign and sign[1] == "-":
            self._restrict(lambda name: not is_named(name))
        else:
            self._restrict(lambda name: is_named(name) or name in ("_raw", "_time"))

    def _table(self, rest: Command) -> None:
        self._restrict(self._name_list(rest))

    def _rename(self, rest: Command) -> None:
        position, renamed = rest.start, {}
        while self._has_more(position, rest):
            found = _RENAME.match(self._source.text, position, rest.end)
            if found is None or "*" in found[0]:
                raise self._source.unreadable("`rename` takes `field AS field`, without wildcards", position)
            renamed[found[1] or found[2]] = found[3] or found[4]
            position = found.end()
        scope = self._scope
        for old, new in renamed.items():
            offset = self._source.origin(rest.start)
            self._set(new, Computed(Name(old, offset), scope))
        for old in renamed.keys() - set(renamed.values()):
            self._set(old, Hidden("the field has been renamed"))

    def _sort(self, rest: Command) -> None:
        """Search Reference, "sort": without a count, it gives 10,000 results at most."""
        if not re.match(r"\s*0\s", self._source.text[rest.start : rest.end]):
            raise self._source.unreadable("`sort` without the count 0 can drop events", rest.start)

    def _name_list(self, rest: Command) -> Callable[[str], bool]:
        """Whether a list of names, in which `*` is a wildcard, has a name."""
        names: set[str] = set()
        patterns: set[Pattern] = set()
        position = rest.start
        while self._has_more(position, rest):
            found = _FIELD_LIST.match(self._source.text, position, rest.end)
            if found is None:
                raise self._source.unreadable("expected names of fields", position)
            name, position = found[1] or found[2], found.end()
            if "*" in name:
                patterns.add(Pattern.of(*(ANY_MANY if character == "*" else character for character in name)))
            else:
                names.add(name)
            if len(patterns) > _MAXIMUM_WILDCARDS:
                raise self._source.unreadable(f"more than {_MAXIMUM_WILDCARDS} names with wildcards", position)
        return lambda name: name in names or any(pattern_test(pattern, True)(name) for pattern in patterns)

    def _restrict(self, is_kept: Callable[[str], bool]) -> None:
        own: Mapping[str, Entry] = {
            name: entry if is_kept(name) else Hidden("the search has removed the field") for name, entry in self._scope.own.items()
        }
        self._scope = replace(self._scope, own=own, kept=(*self._scope.kept, is_kept))

    def _set(self, name: str, entry: Entry) -> None:
        self._scope = replace(self._scope, own={**self._scope.own, name: entry})

    def _field(self, name: str, site: Site) -> String:
        value = self._reader.field(name, site.offset, self._scope)
        if not isinstance(value, String) or value.spelling:
            raise site.unreadable(f"an expression is read on a field as the events have it, which {name} is not")
        return value

    def _has_more(self, position: int, command: Command) -> bool:
        """Whether anything but blanks is left of a command."""
        blank = _BLANK.match(self._source.text, position, command.end)
        return blank is not None and blank.end() < command.end

    def _site(self, position: int) -> Site:
        return Site(self._scope.table, self._scope.known, self._source.origin(position))


_COMMANDS: Mapping[str, Callable[[_Commands, Command], None]] = {
    "search": _Commands._search,
    "where": _Commands._where,
    "eval": _Commands._eval,
    "regex": _Commands._regex,
    "rex": _Commands._rex,
    "fields": _Commands._fields,
    "table": _Commands._table,
    "rename": _Commands._rename,
    "sort": _Commands._sort,
}


def _is_one_group(expression: str) -> bool:
    """Whether a regular expression is a named group from its first character to its last."""
    depth, in_class, position = 0, False, 0
    while position < len(expression):
        character = expression[position]
        if character == "\\":
            position += 1
        elif in_class:
            in_class = character != "]"
        elif character == "[":
            in_class = True
            opening = re.compile(r"\^?\]?").match(expression, position + 1)
            position += len(opening[0]) if opening else 0
        elif character in "()":
            depth += 1 if character == "(" else -1
            if depth == 0:
                return position == len(expression) - 1 and _GROUP.match(expression) is not None
        position += 1
    return False
