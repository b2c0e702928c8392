"""What SIEMs do not take: refusals that name the rule's file and line."""

from dataclasses import replace

from sigma_amsi.errors import ConfigurationError, Problem, Refused
from sigma_amsi.package.model import Detection


def refusal(detection: Detection, code: str, message: str, hint: str = "") -> Refused:
    """The refusal of a detection, at its rule's place."""
    refused = Refused(code, message, hint=hint)
    refused.problem = replace(refused.problem, path=detection.rule.path, line=detection.rule.line)
    return refused


def misconfigured(detection: Detection, code: str, message: str, hint: str) -> ConfigurationError:
    """What is wrong with the settings of a detection."""
    return ConfigurationError(Problem(code, message, detection.rule.path, detection.rule.line, hint))


def check_length(detection: Detection, what: str, text: str, longest: int, siem: str) -> None:
    """Raises Refused detection-limit for a text with more characters than the SIEM takes."""
    if len(text) > longest:
        raise refusal(detection, "detection-limit", f"the {what} has {len(text)} characters, of which {siem} takes {longest}")
