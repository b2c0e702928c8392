"""What is wrong with the settings of a detection, rather than with its rule."""

from sigma_amsi.errors import ConfigurationError, Problem
from sigma_amsi.package.elastic_formats import index_of
from sigma_amsi.package.format import Settings
from sigma_amsi.package.model import Detection


def misconfigured(detection: Detection, code: str, message: str, hint: str) -> ConfigurationError:
    """The error, at the place of the detection's rule."""
    return ConfigurationError(Problem(code, message, detection.rule.path, detection.rule.line, hint))


def check_index(detection: Detection, settings: Settings) -> None:
    """Raises ConfigurationError detection-index where neither the settings nor the pipeline say what to search."""
    if not index_of(detection.query.pipeline, settings):
        message = f"nothing says which index {detection.query.pipeline} searches"
        raise misconfigured(detection, "detection-index", message, "set `index`")
