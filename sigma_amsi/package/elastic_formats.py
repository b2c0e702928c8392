"""The artefacts that queries of Elasticsearch and OpenSearch become, with their settings. What writes them is imported when it is called."""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Literal, TypeAlias

from sigma_amsi.errors import Problem
from sigma_amsi.package.format import Files, Format, Setting, Settings

if TYPE_CHECKING:  # listing languages must not load the prover
    from sigma_amsi.package.model import Detection, Package

Language: TypeAlias = Literal["lucene", "kuery", "eql"]
"""A query language by Kibana's name for it."""

INDEX: Mapping[str, tuple[str, ...]] = {
    "ecs_windows": ("winlogbeat-*",),
    "ecs_windows_agent": ("logs-system.*", "logs-windows.*"),
}
"""The index patterns that the shippers of our pipelines write to by themselves."""

DATA_VIEW: Mapping[str, str] = {"ecs_windows": "winlogbeat-*", "ecs_windows_agent": "logs-*"}
"""The ids of the data views that Winlogbeat's set-up and Elastic Agent make."""

_INDEX = Setting("index", "texts", "Index patterns to search; those of the pipeline's shipper where it is not set.")
_TIMESTAMP = Setting("timestamp_field", "text", "The field with the time of an event.", "@timestamp")
_RULE = (
    _INDEX,
    Setting("tags", "texts", "Tags that every rule gets beside its own.", ("Sigma",)),
    Setting("timestamp_override", "text", "The field whose time decides which run sees an event; empty for @timestamp.", "event.ingested"),
    Setting("max_signals", "integer", "The most alerts that one run makes.", 100),
)


def index_of(pipeline: str, settings: Settings) -> tuple[str, ...]:
    """The index patterns that the queries search; empty where neither the settings nor the pipeline say."""
    return settings.texts("index") or INDEX.get(pipeline, ())


def data_view_of(pipeline: str, settings: Settings) -> str:
    """The id of the data view for saved searches; empty where neither the settings nor the pipeline say."""
    return settings.text("data_view") or DATA_VIEW.get(pipeline, "")


def detection_rules(language: Language) -> Format:
    """Rules of Elastic Security, as Kibana imports them."""

    def write(package: "Package") -> Files:
        from sigma_amsi.package.elastic import ndjson

        return ndjson(package, language)

    return Format(
        "siem_rule_ndjson", "Detection rules of Elastic Security, one JSON document a line.", write, _RULE, _check_rule, single=True
    )


def terraform_rules(language: Language) -> Format:
    """The same rules as resources of the elasticstack provider."""

    def write(package: "Package") -> Files:
        from sigma_amsi.package.terraform_elastic import write_terraform

        return write_terraform(package, language)

    space = Setting("space", "text", "The Kibana space of the rules.", "default")
    return Format("terraform", "Terraform JSON for the elasticstack provider.", write, (*_RULE, space), _check_rule, single=True)


def elastalert_rules(language: Literal["lucene", "eql"]) -> Format:
    """Rules of ElastAlert 2."""

    def write(package: "Package") -> Files:
        from sigma_amsi.package.elastalert import write_rules

        return write_rules(package, language)

    return Format("elastalert", "Rules of ElastAlert 2, one YAML file each.", write, (_INDEX, _TIMESTAMP), _check_elastalert)


def opensearch_monitors() -> Format:
    """Monitors of OpenSearch's alerting plugin."""

    def write(package: "Package") -> Files:
        from sigma_amsi.package.opensearch import write_monitors

        return write_monitors(package)

    return Format("opensearch_monitor", "Monitors of OpenSearch alerting, one JSON file each.", write, (_INDEX, _TIMESTAMP), _check_monitor)


def saved_searches(language: Language) -> Format:
    """Saved searches for Discover."""

    def write(package: "Package") -> Files:
        from sigma_amsi.package.elastic_searches import write_saved_searches

        return write_saved_searches(package, language)

    view = Setting("data_view", "text", "The id of the data view to search; that of the pipeline's shipper where it is not set.")
    return Format("kibana_ndjson", "Saved searches for Kibana's Discover, one a line.", write, (view,), _check_saved_search, single=True)


def search_bodies() -> Format:
    """Bodies for `_search`."""

    def write(package: "Package") -> Files:
        from sigma_amsi.package.elastic_searches import write_bodies

        return write_bodies(package, lambda query: {"query": {"bool": {"must": [{"query_string": {"query": query}}]}}})

    return Format("dsl_lucene", "Bodies for Elasticsearch's _search, one a line.", write, (), _check_search, single=True)


def eql_bodies() -> Format:
    """Bodies for `_eql/search`."""

    def write(package: "Package") -> Files:
        from sigma_amsi.package.elastic_searches import write_bodies

        return write_bodies(package, lambda query: {"query": query})

    return Format("eqlapi", "Bodies for Elasticsearch's _eql/search, one a line.", write, (), _check_search, single=True)


def _check_search(detection: "Detection", settings: Settings) -> Iterable[Problem]:
    from sigma_amsi.package.elastic_searches import check

    return check(detection, settings)


def _check_saved_search(detection: "Detection", settings: Settings) -> Iterable[Problem]:
    from sigma_amsi.package.elastic_searches import check_saved_search

    return check_saved_search(detection, settings)


def _check_rule(detection: "Detection", settings: Settings) -> Iterable[Problem]:
    from sigma_amsi.package.elastic import check

    return check(detection, settings)


def _check_elastalert(detection: "Detection", settings: Settings) -> Iterable[Problem]:
    from sigma_amsi.package.elastalert import check

    return check(detection, settings)


def _check_monitor(detection: "Detection", settings: Settings) -> Iterable[Problem]:
    from sigma_amsi.package.opensearch import check

    return check(detection, settings)
