"""Splunk's AppInspect, which judges apps: kept in an environment of its own, since it pins old versions of what others use.

    python -m tests.package.appinspect

installs it. Its exit code says nothing about the app; its report does.
"""

import json
import subprocess
import sys
import venv
from pathlib import Path
from typing import Any

from tests.engines import cache_folder

VERSION = "4.3.1"


def program() -> Path:
    return cache_folder() / f"appinspect-{VERSION}" / "bin" / "splunk-appinspect"


def install() -> None:
    """Installs it, if it is not there. Raises CalledProcessError where it cannot be had."""
    if program().exists():
        return
    folder = program().parent.parent
    venv.create(folder, with_pip=True, clear=True)
    subprocess.run(
        [folder / "bin" / "python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check", f"splunk-appinspect=={VERSION}"],
        check=True,
        timeout=300,
    )


def findings(app: Path, report: Path) -> list[str]:
    """What it has against an app: every check that ended in an error, a failure or a warning, with its messages."""
    said = subprocess.run(
        [program(), "inspect", app, "--data-format", "json", "--output-file", report],
        check=False,
        capture_output=True,
        text=True,
        timeout=300,
    )
    if not report.exists():
        return [f"no report: {said.stdout}{said.stderr}"]
    inspected: dict[str, Any] = json.loads(report.read_text(encoding="utf-8"))
    checks = [check for each in inspected["reports"] for group in each["groups"] for check in group["checks"]]
    if not any(check["result"] == "success" for check in checks):
        return ["no check succeeded"]
    harmless = ("success", "not_applicable", "skipped")
    return [f"{check['result']} {check['name']}: {check['messages']}" for check in checks if check["result"] not in harmless]


def read_conf(path: Path) -> dict[str, dict[str, str]]:
    """A .conf file as its own parser reads it. Raises ValueError for what the parser finds wrong."""
    python = program().with_name("python")
    said = subprocess.run([python, "-c", _READ_CONF, path], check=True, capture_output=True, text=True, timeout=300)
    stanzas, errors = json.loads(said.stdout)
    if errors:
        raise ValueError(errors)
    return {name: dict(entries) for name, entries in stanzas}


_READ_CONF = """
import json, sys
from splunk_appinspect.configuration_file import ConfigurationFile
from splunk_appinspect.configuration_parser import configuration_lexer, parse
with open(sys.argv[1], "rb") as file:
    conf = parse(file, ConfigurationFile(), configuration_lexer)
stanzas = [(section.name, [(name, option.value) for name, option in section.options.items()]) for section in conf.sections()]
print(json.dumps((stanzas, list(map(str, conf.errors)))))
"""

if __name__ == "__main__":
    install()
    print(program())
    sys.exit(0)
