"""How long a whole corpus takes, against sigma-cli in the same run: `python -m benchmarks.speed [--runs N] [--target splunk] [FOLDER …]`.

Both are started as whole processes in turns, so that whatever else the machine does meets both. sigma-cli converts without a proof; ours is
with one for every query, and once more without, each on as many processes as there are cores. Then the parts of our own time are shown,
measured in this process.
"""

import argparse
import gc
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import IO, Any

from msgspec.structs import replace

from sigma_amsi.cli import GARBAGE_THRESHOLD
from sigma_amsi.registry import find_backend
from sigma_amsi.rule import load
from sigma_amsi.targets import Target, target
from tests.corpus import rule_folders

PIPELINES = {"splunk": "splunk_windows", "lucene": "ecs_windows", "eql": "ecs_windows"}
"""Those with which sigma-cli gets through a corpus: to Kusto it stops at the first rule that has no table."""


@dataclass(frozen=True, slots=True)
class Run:
    """One command: its seconds by the clock and of processor time, and the megabytes that it printed."""

    wall: float
    processor: float
    printed: float


def main(arguments: Sequence[str]) -> int:
    """Print the comparison and the parts."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.speed", description=__doc__)
    parser.add_argument("folders", nargs="*", type=Path)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--target", choices=sorted(PIPELINES), default="splunk")
    options = parser.parse_args(arguments)
    folders = [str(folder) for folder in options.folders or rule_folders()]
    if not folders:
        print("no corpus: name a folder of rules, or see tests/corpus.py", file=sys.stderr)
        return 2
    theirs = shutil.which("sigma", path=str(Path(sys.executable).parent)) or shutil.which("sigma")
    if theirs is None:
        print("sigma-cli is not installed: pip install sigma-cli", file=sys.stderr)
        return 2
    choice = ["convert", "-t", options.target, "-p", PIPELINES[options.target], "-s"]
    commands = {
        "sigma-cli": [theirs, *choice, *folders],
        "sigma-amsi, with proofs": [sys.executable, "-m", "sigma_amsi.cli", *choice, *folders],
        "sigma-amsi, conversion alone": [sys.executable, "-m", "benchmarks.alone", options.target, PIPELINES[options.target], *folders],
    }
    print("\n".join([*comparison(commands, options.runs), "", *parts(options.target, folders)]))
    return 0


def comparison(commands: dict[str, list[str]], runs: int) -> Iterator[str]:
    """The median of each figure over the runs, the memory of one more run, and how they stand to each other."""
    found: dict[str, list[Run]] = {name: [] for name in commands}
    for _ in range(runs):
        for name, command in commands.items():
            found[name].append(process(command))
    middle = {name: tuple(median(getattr(run, figure) for run in each) for figure in Run.__slots__) for name, each in found.items()}
    yield "| | seconds by the clock | of processor time | peak memory | printed |"
    yield "|---|---|---|---|---|"
    for name, (wall, processor, printed) in middle.items():
        yield f"| {name} | {wall:.2f} | {processor:.2f} | {peak_memory(commands[name]) / 1e6:.0f} MB | {printed:.1f} MB |"
    theirs, *ours = middle.values()
    for name, figures in zip(list(middle)[1:], ours, strict=True):
        yield (
            f"| times as fast: {name} | "
            + " | ".join(f"{their / our:.1f}" for their, our in zip(theirs[:2], figures[:2], strict=True))
            + " | | |"
        )


def process(command: list[str]) -> Run:
    """Run a command to its end. Exit code 1 is that some rule could not be converted; what is printed shows that the others were."""
    with tempfile.TemporaryFile() as printed:
        started = time.perf_counter()
        running = start(command, printed)
        _, status, usage = os.wait4(running.pid, 0)
        wall = time.perf_counter() - started
        running.returncode = os.waitstatus_to_exitcode(status)
        if running.returncode not in (0, 1) or not printed.tell():
            raise SystemExit(f"{' '.join(command[:8])} … ended with {running.returncode}, and {printed.tell()} bytes of output")
        return Run(wall, usage.ru_utime + usage.ru_stime, printed.tell() / 1e6)


def start(command: list[str], printed: IO[bytes]) -> subprocess.Popen[bytes]:
    """The running command, which may keep its compiled sources, as after an installation, and whose processes are a session."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return subprocess.Popen(command, stdout=printed, stderr=subprocess.DEVNULL, env=environment, start_new_session=True)


def peak_memory(command: list[str]) -> int:
    """The most bytes that the processes of a command held together, looked at every hundredth of a second."""
    with tempfile.TemporaryFile() as printed:
        running = start(command, printed)
        peak = 0
        while running.poll() is None:
            peak = max(peak, sum(map(proportional_set_size, session(running.pid))))
            time.sleep(0.01)
        return peak


def session(leader: int) -> Iterator[int]:
    """The processes of a session."""
    for process_id in filter(str.isdigit, os.listdir("/proc")):
        with suppress(ProcessLookupError):
            if os.getsid(int(process_id)) == leader:
                yield int(process_id)


def proportional_set_size(process_id: int) -> int:
    """Bytes of memory that a process holds; what it shares with others counts in parts."""
    try:
        lines = Path(f"/proc/{process_id}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:")), 0)


def parts(language: str, folders: list[str]) -> Iterator[str]:
    """Where our own processor time goes."""
    gc.set_threshold(GARBAGE_THRESHOLD)  # as the command line does
    spent: dict[str, float] = {}

    def timed(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any) -> Any:
            started = time.process_time()
            try:
                return function(*arguments)
            finally:
                spent[name] = spent.get(name, 0.0) + time.process_time() - started

        return call

    rules = timed("reading the rules", lambda: list(load(folders)))()
    backend = find_backend(language)
    watched = replace(backend, generate=timed("writing queries", backend.generate), parse=timed("reading queries back", backend.parse))
    chosen = Target(watched, target(language, pipeline=PIPELINES[language]).pipeline)
    timed("all of the conversion", lambda: list(chosen.convert_all(rules)))()
    spent["substitution and proof"] = spent.pop("all of the conversion") - spent["writing queries"] - spent["reading queries back"]
    yield "| part | seconds |"
    yield "|---|---|"
    for name, seconds in spent.items():
        yield f"| {name} | {seconds:.2f} |"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
