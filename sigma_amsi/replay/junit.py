"""Outcomes in the form that CI systems read: JUnit's XML."""

from collections.abc import Sequence
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from sigma_amsi.replay.model import Outcome


def junit(outcomes: Sequence[Outcome]) -> str:
    """The report: one suite, with a test case for each sample and subject, under the path of its rule."""
    suites = Element("testsuites")
    failed = sum(outcome.state == "failed" for outcome in outcomes)
    skipped = sum(outcome.state in ("skipped", "untested") for outcome in outcomes)
    counts = {"tests": str(len(outcomes)), "failures": str(failed), "skipped": str(skipped)}
    suite = SubElement(suites, "testsuite", {"name": "sigma-amsi test", **counts})
    for outcome in outcomes:
        name = f"{outcome.sample or outcome.rule.title} [{outcome.subject}]"
        case = SubElement(suite, "testcase", {"classname": str(outcome.rule.path or "<stdin>"), "name": _printable(name)})
        if outcome.state == "failed":
            SubElement(case, "failure", {"message": _printable(outcome.message)})
        elif outcome.state != "passed":
            SubElement(case, "skipped", {"message": _printable(outcome.message)})
    indent(suites)
    return f'<?xml version="1.0" encoding="utf-8"?>\n{tostring(suites, "unicode")}\n'


def _printable(text: str) -> str:
    """The text without the characters that XML cannot hold."""
    return "".join(character if character.isprintable() else " " for character in text)
