"""The command line: `sigma-amsi COMMAND …`. Each command is one module, imported only when it is called.

Exit codes: 0 everything asked for was done, 1 some rule was refused, could not be read or is not proved, 2 usage or configuration, 3 a bug of ours.
"""

import gc
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Protocol, cast

from sigma_amsi.errors import ConfigurationError

COMMANDS = {
    "convert": "rules to queries, each proved",
    "prove": "judge any query, or another converter's, against a rule",
    "test": "rules and their queries on recorded and generated events",
    "package": "saved searches that a SIEM imports",
    "init": "a commented project file",
    "list": "targets, pipelines, formats, fields, modifiers, facts, codes",
    "version": "print the version",
}

DONE, SOME_REFUSED, USAGE, BUG = 0, 1, 2, 3
INTERRUPTED = 130  # what shells expect of a process that Ctrl-C ended

GARBAGE_THRESHOLD = 100_000
"""Objects between two searches for cycles. Rules and queries hold none: to look for some every 700 objects takes a fifth of a run."""


class Command(Protocol):
    def run(self, arguments: Sequence[str]) -> int:
        """Runs the command with its arguments and returns the exit code."""
        ...


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command line; the entry point of `sigma-amsi`."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    if not words or words[0] in ("-h", "--help"):
        print(_usage(), file=sys.stdout if words else sys.stderr)
        return DONE if words else USAGE
    name = "version" if words[0] == "--version" else words[0]
    if name not in COMMANDS:
        print(f"sigma-amsi: no command {name!r}\n\n{_usage()}", file=sys.stderr)
        return USAGE
    command = cast(Command, import_module(f"sigma_amsi.cli.{name}_command"))
    gc.set_threshold(GARBAGE_THRESHOLD)
    try:
        return command.run(words[1:])
    except SystemExit as stop:  # of argparse: --help, or a wrong option
        return stop.code if isinstance(stop.code, int) else USAGE
    except ConfigurationError as error:
        print(f"{error.problem}", file=sys.stderr)
        return USAGE
    except BrokenPipeError:
        sys.stderr.close()  # the reader went away: nothing more to say, and no traceback at exit
        return DONE
    except KeyboardInterrupt:
        return INTERRUPTED
    except Exception as error:
        print(bug_report(error), file=sys.stderr)
        return BUG


def bug_report(error: Exception, where: str = "") -> str:
    """What is said of that which must never happen, with all that a report of it needs."""
    import traceback

    place = f"{where}: " if where else ""
    shown = "".join(traceback.format_exception(error))
    return f"{shown}{place}this is a bug of ours, please report it: {type(error).__name__}: {error}"


def _usage() -> str:
    lines = [f"  {name:<9}{says}" for name, says in COMMANDS.items()]
    return "\n".join(["usage: sigma-amsi COMMAND …", "", *lines, "", "`sigma-amsi COMMAND --help` says more."])
