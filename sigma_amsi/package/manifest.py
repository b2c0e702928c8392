"""The manifest beside every package: which rule each detection is, how its query is proved, and what was withheld."""

from collections.abc import Iterable
from hashlib import sha256
from pathlib import Path

from sigma_amsi import __version__
from sigma_amsi.package.destination import Destination
from sigma_amsi.package.format import Files
from sigma_amsi.package.model import Detection, Package
from sigma_amsi.package.withheld import Withheld
from sigma_amsi.package.writing import Json, json_text
from sigma_amsi.proof.verdict import ProvedAssuming

MANIFEST = "manifest.json"


def manifest(destination: Destination, package: Package, withheld: Iterable[Withheld], files: Files, root: Path) -> bytes:
    """The manifest. Paths of rules count from `root`; hashes of queries and files are SHA-256."""
    held = sorted(withheld, key=lambda each: (str(each.problem.path), each.problem.line, each.problem.code))
    contents: Json = {
        "tool": {"name": "sigma-amsi", "version": __version__},
        "package": {
            "name": package.name,
            "version": package.version,
            "target": destination.target,
            "pipeline": destination.pipeline,
            "site": _shown(destination.site, root),
            "format": destination.format.name,
        },
        "detections": [_detection(each, root) for each in package.detections],
        "withheld": [_withheld(each, root) for each in held],
        "files": {path: sha256(files[path]).hexdigest() for path in sorted(files)},
    }
    return json_text(contents).encode()


def _detection(detection: Detection, root: Path) -> Json:
    query, rule = detection.query, detection.rule
    return {
        "id": detection.id,
        "name": detection.name,
        "title": detection.title,
        "path": _shown(rule.path, root),
        "line": rule.line,
        "digest": rule.digest,
        "verdict": query.verdict.name,
        "assumes": list(query.verdict.facts) if isinstance(query.verdict, ProvedAssuming) else [],
        "approximate": dict(query.approximate),
        "query_sha256": sha256(query.text.encode("utf-8", "surrogatepass")).hexdigest(),
        "severity": detection.severity,
        "enabled": detection.enabled,
    }


def _withheld(withheld: Withheld, root: Path) -> Json:
    problem = withheld.problem
    return {
        "id": withheld.rule.id if withheld.rule else None,
        "title": withheld.rule.title if withheld.rule else None,
        "path": _shown(problem.path, root),
        "line": problem.line,
        "code": problem.code,
        "message": problem.message,
        "verdict": withheld.verdict.name if withheld.verdict else None,
    }


def _shown(path: Path | None, root: Path) -> str | None:
    """The path from the root, which is the same on every machine; one that lies elsewhere is as it was given."""
    if path is None:
        return None
    absolute, above = path.resolve(), root.resolve()
    return (absolute.relative_to(above) if absolute.is_relative_to(above) else path).as_posix()
