"""Searches that nothing runs by itself: saved searches for Kibana's Discover, and the bodies of Elasticsearch's search interfaces."""

from collections.abc import Callable, Iterable

from sigma_amsi.errors import Problem, Refused
from sigma_amsi.package.elastic_formats import data_view_of
from sigma_amsi.package.format import Files, Settings
from sigma_amsi.package.misconfigured import misconfigured
from sigma_amsi.package.model import Detection, Package
from sigma_amsi.package.writing import Json, description_with_credits, json_line

_DATA_VIEW = "kibanaSavedObjectMeta.searchSourceJSON.index"
"""What Kibana calls the reference of a saved search to its data view."""


def write_saved_searches(package: Package, language: str) -> Files:
    """Saved objects, one a line, as Kibana imports them under *Stack Management > Saved Objects*. `language` is Kibana's name for it."""
    view = data_view_of(package.pipeline.name, package.settings)
    return _lines(package, lambda detection: _saved_search(detection, view, language))


def write_bodies(package: Package, body: Callable[[str], Json]) -> Files:
    """What a search interface takes, one query a line in the order of the manifest. `body` makes it of a query."""
    return _lines(package, lambda detection: body(detection.query.text))


def check(detection: Detection, settings: Settings) -> Iterable[Problem]:
    """What belongs to a detection that runs is not left out without a word."""
    del settings
    if detection.suppression is not None:
        raise Refused("detection-suppression", "a search that does not run by itself suppresses nothing", hint="remove the suppression")
    if detection.actions:
        raise misconfigured(detection, "detection-action", "a search that does not run by itself has no actions", "remove the actions")
    return ()


def check_saved_search(detection: Detection, settings: Settings) -> Iterable[Problem]:
    """As `check`. Raises ConfigurationError where no data view is known."""
    if not data_view_of(detection.query.pipeline, settings):
        message = f"nothing says which data view shows what {detection.query.pipeline} is about"
        raise misconfigured(detection, "detection-index", message, "set `data_view`")
    return check(detection, settings)


def _lines(package: Package, said: Callable[[Detection], Json]) -> Files:
    return {f"{package.name}.ndjson": "".join(json_line(said(each)) + "\n" for each in package.detections).encode()}


def _saved_search(detection: Detection, view: str, language: str) -> Json:
    source: dict[str, Json] = {"query": {"query": detection.query.text, "language": language}, "filter": [], "indexRefName": _DATA_VIEW}
    columns = sorted({column for columns in detection.query.fields.values() for column in columns})
    return {
        "id": detection.id,
        "type": "search",
        "attributes": {
            "title": detection.name,
            "description": description_with_credits(detection),
            "columns": [*columns],
            "sort": [["@timestamp", "desc"]],
            "kibanaSavedObjectMeta": {"searchSourceJSON": json_line(source)},
        },
        "references": [{"id": view, "name": _DATA_VIEW, "type": "index-pattern"}],
    }
