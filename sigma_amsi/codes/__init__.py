"""Every code that an error, a refusal or a warning can carry. The list is closed."""

from collections.abc import Mapping

from sigma_amsi.codes.code import Code
from sigma_amsi.codes.configuration import CONFIGURATION, PYSIGMA
from sigma_amsi.codes.events import EVENTS
from sigma_amsi.codes.lint import LINT
from sigma_amsi.codes.options import OPTIONS
from sigma_amsi.codes.package import PACKAGE
from sigma_amsi.codes.refusals import REFUSALS
from sigma_amsi.codes.rules import RULE_ERRORS
from sigma_amsi.codes.siem import SIEM

CODES: Mapping[str, Code] = {
    code.name: code for code in (*REFUSALS, *CONFIGURATION, *OPTIONS, *RULE_ERRORS, *LINT, *EVENTS, *PYSIGMA, *SIEM, *PACKAGE)
}

__all__ = ["CODES", "Code"]
