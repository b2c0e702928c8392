"""Fetches the engines that the tests ask, through the package managers as this machine has them configured.

    python -m tests.engines.install

Everything goes into one folder (see `cache_folder`). What is already there is left alone. The exit code is 1 when an
engine cannot be had.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from . import ENGINES, HERE, JAR_FOLDERS, NPM_PACKAGES, available, cache_folder, jar_folder, missing


def main() -> int:
    """Fetch what is missing and say for every engine what became of it."""
    folder = cache_folder()
    folder.mkdir(parents=True, exist_ok=True)
    print(f"engines in {folder}")
    for name in JAR_FOLDERS:
        if not available(name):
            fetch_jars(name)
    if not all(map(available, NPM_PACKAGES)):
        fetch_npm_packages(folder)
    for name in ENGINES:
        print(f"  {name}: {missing(name) or 'ready'}")
    return 0 if all(map(available, ENGINES)) else 1


def fetch_jars(name: str) -> None:
    """Copy the jars of a profile of pom.xml, and what they depend on, into the engine's folder."""
    target = f"-DoutputDirectory={jar_folder(name).resolve()}"
    run(
        ["mvn", "-q", "-B", "-Dstyle.color=never", "-f", str(HERE / "pom.xml"), "-P", name, target, "dependency:copy-dependencies"],
        cache_folder(),
    )


def fetch_npm_packages(folder: Path) -> None:
    """Install what package.json pins into `folder`; no package's own script runs, and no lock file is left."""
    shutil.copy(HERE / "package.json", folder / "package.json")
    run(["npm", "install", "--ignore-scripts", "--no-package-lock", "--no-audit", "--no-fund", "--loglevel=error"], folder)


def run(command: Sequence[str], folder: Path) -> None:
    """Run a package manager. Its failure is told, not raised: what matters in the end is which engines are there."""
    print("  $ " + " ".join(command), flush=True)
    program = shutil.which(command[0])
    if program is None:
        print(f"    no {command[0]} on the PATH")
        return
    start = time.monotonic()
    code = subprocess.run([program, *command[1:]], cwd=folder, check=False, stdin=subprocess.DEVNULL).returncode
    print(f"    exit code {code} after {time.monotonic() - start:.1f} s")


if __name__ == "__main__":
    sys.exit(main())
