"""What the README shows is what happens."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent.parent
README = (HERE / "README.md").read_text(encoding="utf-8")
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(HERE)}  # a checkout need not be installed


def test_the_command_prints_what_is_shown() -> None:
    shown = re.search(r"```console\n\$ sigma-amsi (convert [^\n]*)\n(.*?)```", README, re.DOTALL)
    assert shown is not None
    command = [sys.executable, "-m", "sigma_amsi.cli", *shlex.split(shown[1])]
    done = subprocess.run(command, capture_output=True, text=True, cwd=HERE, env=ENVIRONMENT, check=True)
    assert done.stdout + done.stderr == shown[2]


def test_the_script_runs_and_finds_the_wider_query() -> None:
    script = re.search(r"```python\n(.*?)```", README, re.DOTALL)
    assert script is not None
    done = subprocess.run([sys.executable, "-c", script[1]], capture_output=True, text=True, cwd=HERE, env=ENVIRONMENT, check=True)
    assert "also fires on {" in done.stdout
    assert done.stdout.endswith("proved-assuming\n")


def test_every_page_that_is_named_is_there() -> None:
    assert [page for page in re.findall(r"\]\(((?!https?:)[^)#]+)\)", README) if not (HERE / page).exists()] == []
