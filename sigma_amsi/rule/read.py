"""From files to rules. One bad rule never hides the others: what comes out is rules and problems, in the order of the input."""

from collections.abc import Callable, Iterable, Iterator
from hashlib import blake2b
from pathlib import Path
from typing import TypeAlias

from msgspec.structs import replace

from sigma_amsi.errors import Problem, RuleError
from sigma_amsi.rule.detection import read_detection
from sigma_amsi.rule.document import Document, MapNode, Scalar, documents
from sigma_amsi.rule.metadata import Metadata
from sigma_amsi.rule.model import Rule
from sigma_amsi.rule.problems import failure, shown
from sigma_amsi.rule.scalar import data_of
from sigma_amsi.rule.source import decoded, read_file, read_standard_input, rule_files

Source: TypeAlias = str | Path

_SPECIFIED = frozenset(
    (
        *("title", "id", "name", "related", "taxonomy", "status", "description", "license", "author", "references", "date", "modified"),
        *("logsource", "detection", "fields", "falsepositives", "level", "tags", "scope"),
    )
)


def load(sources: Source | Iterable[Source]) -> Iterator[Rule | Problem]:
    """The rules of files, of the `*.yml` and `*.yaml` files in folders, and of standard input, which is called `-`.

    What cannot be read comes as a Problem in its place; so does the lack of any input.
    """
    for source in files_of(sources):
        yield from rules_in(source)


def files_of(sources: Source | Iterable[Source]) -> Iterator[Source | Problem]:
    """The sources with each folder replaced by the rule files in it, or by the problem with it. `rules_in` reads what comes out."""
    given = [sources] if isinstance(sources, str | Path) else list(sources)
    if not given:
        yield Problem("no-input", "no file or folder is given")
    for source in given:
        if source != "-" and Path(source).is_dir():
            yield from _files_in(Path(source))
        else:
            yield source


def rules_in(source: Source | Problem) -> Iterator[Rule | Problem]:
    """The rules and problems of one file or of standard input. What is a problem already comes as it is."""
    if isinstance(source, Problem):
        yield source
    elif source == "-":
        yield from _read(read_standard_input, None)
    else:
        yield from _read_file(source if isinstance(source, Path) else Path(source))


def load_rule(source: Source) -> Rule:
    """The one rule of a file. Raises RuleError: for the first problem of the file, and several-rules when it holds more than one."""
    found = list(load(source))
    for each in found:
        if isinstance(each, Problem):
            raise RuleError(each)
    if len(found) > 1:
        raise RuleError(Problem("several-rules", f"{len(found)} rules where one is expected", Path(source)))
    (rule,) = found
    assert isinstance(rule, Rule)
    return rule


def read_text(text: str | bytes, path: Path | None = None) -> Iterator[Rule | Problem]:
    """The rules of a text, which came from `path`, and its problems."""
    data = text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass")
    return _read(lambda: decoded(data), path)


def _files_in(folder: Path) -> Iterator[Path | Problem]:
    empty = True
    for path in rule_files(folder):
        empty = False
        yield path
    if empty:
        yield Problem("no-input", "there is no *.yml or *.yaml file in it", folder)


def _read_file(path: Path) -> Iterator[Rule | Problem]:
    return _read(lambda: read_file(path), path)


def _read(take: Callable[[], str], path: Path | None) -> Iterator[Rule | Problem]:
    try:
        text = take()
    except RuleError as error:
        yield replace(error.problem, path=path)
        return
    empty, collection = True, False
    for document in documents(text):
        empty = False
        if isinstance(document, Problem):
            yield replace(document, path=path)
            continue
        try:
            collection = collection or _is_collection_action(document)
            if collection:
                line = document.root.line
                raise failure("collection-action", "documents that `action` builds on each other", line, "write each rule out in full")
            yield _rule(document, path)
        except RuleError as error:
            yield replace(error.problem, path=path)
    if empty:
        yield Problem("no-input", "there is no document in it", path)


def _is_collection_action(document: Document) -> bool:
    """Whether the document shares its keys with those after it: rule collections, of which the specification 1.0 was the last."""
    root = document.root
    action = root.entries.get("action") if isinstance(root, MapNode) else None
    return action is not None and isinstance(action[1], Scalar) and action[1].text in ("global", "reset", "repeat")


def _rule(document: Document, path: Path | None) -> Rule:
    root = document.root
    if not isinstance(root, MapNode):
        raise failure("not-a-rule", "the document is no map", root.line)
    entries = root.entries
    if "detection" not in entries:
        for kind in ("correlation", "filter"):
            if kind in entries:
                raise failure("correlation", f"a {kind}, not a detection", entries[kind][0])
    problems: list[Problem] = []
    metadata = Metadata(root, problems)
    title = metadata.title()
    log_source = metadata.log_source()
    taxonomy = metadata.text("taxonomy")
    if taxonomy not in ("", "sigma"):
        raise failure("taxonomy", f"the taxonomy {shown(taxonomy)}", metadata.line_of("taxonomy"))
    if "detection" not in entries:
        raise failure("missing-detection", "the rule has no detection", root.line)
    line, node = entries["detection"]
    detection = read_detection(node, line)
    return Rule(
        path=path,
        line=root.line,
        title=title,
        log_source=log_source,
        digest=blake2b(document.text.encode(), digest_size=16).hexdigest(),
        id=metadata.id(),
        name=metadata.text("name"),
        status=metadata.status(),
        level=metadata.level(),
        description=metadata.text("description"),
        author=metadata.text("author"),
        license=metadata.text("license"),
        date=metadata.date("date"),
        modified=metadata.date("modified"),
        references=metadata.texts("references"),
        tags=metadata.tags(),
        fields=metadata.texts("fields"),
        falsepositives=metadata.texts("falsepositives"),
        scope=metadata.texts("scope"),
        related=metadata.related(),
        custom={key: data_of(value) for key, (_, value) in entries.items() if key not in _SPECIFIED},
        problems=tuple(replace(problem, path=path) for problem in (*problems, *detection.problems)),
        refusals=tuple(replace(problem, path=path) for problem in detection.refusals),
        _predicate=None if detection.refusals else detection.predicate,
        _items=tuple(detection.items),
    )
