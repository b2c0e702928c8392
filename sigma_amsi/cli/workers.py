"""The same work for many files, spread over the processor's cores. Results come in the order of the files, as if one process had done it all."""

import os
import signal
import sys
from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeVar

from sigma_amsi.errors import ConfigurationError, Problem

Item = TypeVar("Item")
Made = TypeVar("Made")

WORTH_A_PROCESS = 150
"""Files. A process is started in the time that a dozen conversions take; below this the gain is not to be felt."""

_SHARE = 16
"""Files that a process takes at once."""


def spread(prepare: Callable[[], Callable[[Item], Made]], items: Iterable[Item]) -> Iterator[Made]:
    """`prepare()(item)` for each item. `prepare`, the items and what is made of them travel between processes where there are several.

    Raises what the work raises, and ConfigurationError process-ended when the system takes a process away.
    """
    listed = list(items)
    work = prepare()
    processes = min(_cores(), len(listed) // WORTH_A_PROCESS)
    if processes < 2:
        yield from map(work, listed)
        return
    from concurrent.futures import BrokenExecutor, ProcessPoolExecutor  # one rule must not pay for it
    from multiprocessing import get_context

    # A fork is ready at once and has what this process has made ready. Elsewhere than on Linux, system libraries may not survive one.
    forks = sys.platform == "linux"
    executor = ProcessPoolExecutor(processes, get_context("fork" if forks else "spawn"), _start, (work if forks else None, prepare))
    try:
        yield from executor.map(_work, listed, chunksize=_SHARE)
    except BrokenExecutor:
        hint = "look for what ended it, such as a limit of memory"
        raise ConfigurationError(Problem("process-ended", "one of the processes that convert was ended from outside", hint=hint)) from None
    finally:
        executor.shutdown(cancel_futures=True)


_in_this_process: Callable[[Any], Any]


def _start(work: Callable[[Any], Any] | None, prepare: Callable[[], Callable[[Any], Any]]) -> None:
    """Makes a process ready. An interrupt is left to the process that started it, which has the say."""
    global _in_this_process
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _in_this_process = work or prepare()


def _work(item: Any) -> Any:
    return _in_this_process(item)


def _cores() -> int:
    """Those that this process may use, which in a container are fewer than the machine has."""
    return len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1
