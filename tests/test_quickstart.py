"""The quickstart's steps give what it shows."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent.parent
PAGE = (HERE / "docs" / "quickstart.md").read_text(encoding="utf-8")


def test_every_step_prints_what_is_shown(tmp_path: Path) -> None:
    for name, content in re.findall(r"^`([\w./]+)`:\n\n```\w+\n(.*?)```$", PAGE, re.DOTALL | re.MULTILINE):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(content, encoding="utf-8")
    steps = re.findall(r"```console\n\$ sigma-amsi ([^\n]*)\n(.*?)```", PAGE, re.DOTALL)
    assert len(steps) == 5
    for command, shown in steps:
        words = [sys.executable, "-m", "sigma_amsi.cli", *shlex.split(command)]
        done = subprocess.run(words, capture_output=True, text=True, cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(HERE)}, check=False)
        assert done.stdout + done.stderr == shown
