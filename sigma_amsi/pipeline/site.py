"""Site files: what a deployment declares about itself."""

from collections.abc import Iterable, Mapping

from msgspec import Struct, field
from msgspec.structs import replace

from sigma_amsi.pipeline.nodes import ListNode, MapNode, Node, TextNode, check_keys, fail, listing, mapping, text, texts


class Site(Struct, frozen=True):
    """What a site file says. Parts that need a schema to be understood are kept as nodes.

    index: the names of Splunk indexes, any of which holds the events. macros: Splunk macros, name -> what they expand to.
    where: a condition on the rows of every log source. sensors: those that the site has, None for the pipeline's own choice.
    inputs: which form of the events the site collects, a name of the pipeline's `inputs`.
    columns: table -> extra columns. fields: log source key, or `*` for all -> added or overridden fields.
    facts: facts of its own, by name. declared: the names of the site facts that hold here, with their place.
    """

    index: ListNode | TextNode | None = None
    macros: Mapping[str, str] = field(default_factory=dict)
    where: Node | None = None
    sensors: ListNode | TextNode | None = None
    inputs: TextNode | None = None
    columns: Mapping[str, MapNode] = field(default_factory=dict)
    fields: Mapping[str, MapNode] = field(default_factory=dict)
    facts: Mapping[str, MapNode] = field(default_factory=dict)
    declared: Mapping[str, Node | None] = field(default_factory=dict)


def read_site(document: MapNode) -> Site:
    """The site file of a document. What needs a schema or pipeline to be checked is checked when it is applied. Raises ConfigurationError."""
    check_keys(document, "a site file", ["site"], ["index", "macro", "where", "sensors", "inputs", "columns", "fields", "facts"])
    entries = document.entries
    text(entries["site"], "'site'")
    facts = _facts(entries["facts"]) if "facts" in entries else {}
    return Site(
        index=_several(entries, "index"),
        macros=_macros(entries["macro"]) if "macro" in entries else {},
        where=entries.get("where"),
        sensors=_several(entries, "sensors"),
        inputs=_single(entries, "inputs"),
        columns=_groups(entries, "columns"),
        fields=_groups(entries, "fields"),
        facts={name: node for name, node in facts.items() if isinstance(node, MapNode)},
        declared=facts,
    )


def assuming(site: Site, facts: Iterable[str]) -> Site:
    """The site with more facts of its schema declared."""
    return replace(site, declared={**dict.fromkeys(facts), **site.declared})


def _facts(node: Node) -> dict[str, Node]:
    declared: dict[str, Node] = {}
    for item in listing(node, "'facts'"):
        if isinstance(item, MapNode):
            check_keys(item, "a fact", ["name", "says"], ["source", "holds", "folds"])
        name = text(item.entries["name"], "the name of a fact") if isinstance(item, MapNode) else text(item, "a fact")
        if name in declared:
            fail(item, "known-fact", f"the fact '{name}' is declared twice")
        declared[name] = item
    return declared


def _macros(node: Node) -> dict[str, str]:
    return {name: text(value, f"the macro '{name}'") for name, value in mapping(node, "'macro'").entries.items()}


def _groups(entries: Mapping[str, Node], key: str) -> dict[str, MapNode]:
    if key not in entries:
        return {}
    return {name: mapping(node, f"'{name}' in '{key}'") for name, node in mapping(entries[key], f"'{key}'").entries.items()}


def _several(entries: Mapping[str, Node], key: str) -> ListNode | TextNode | None:
    if key not in entries:
        return None
    node = entries[key]
    texts(node, f"'{key}'")
    assert not isinstance(node, MapNode)
    return node


def _single(entries: Mapping[str, Node], key: str) -> TextNode | None:
    if key not in entries:
        return None
    node = entries[key]
    text(node, f"'{key}'")
    assert isinstance(node, TextNode)
    return node
