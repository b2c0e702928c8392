"""Where rules come from: files, folders and standard input, as text, within limits."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path

from sigma_amsi.errors import Problem
from sigma_amsi.rule.problems import failure

MAXIMUM_BYTES = 16 * 1024 * 1024
"""Of one file."""

_USUAL_BYTES = 64 * 1024
"""Which more than all rules have: a reading of the maximum allocates the maximum."""

_SUFFIXES = (".yml", ".yaml")
SAMPLES_SUFFIX = ".tests.yml"
"""Of the files of events beside their rules (`amsi.tests.yml` for `amsi.yml`), which `sigma-amsi test` reads. They are no rules."""

_UTF_16_MARKS = (b"\xff\xfe", b"\xfe\xff")


def rule_files(folder: Path) -> Iterator[Path | Problem]:
    """The rule files of a folder and the folders in it, sorted by name; links to folders are not followed."""
    try:
        with os.scandir(folder) as entries:
            found = sorted(entries, key=lambda entry: entry.name)
    except OSError as error:
        yield Problem("unreadable-file", error.strerror or str(error), folder)
        return
    for entry in found:
        if entry.is_dir(follow_symlinks=False):
            yield from rule_files(Path(entry.path))
        elif entry.name.endswith(_SUFFIXES) and not entry.name.endswith(SAMPLES_SUFFIX):
            yield Path(entry.path)


def read_file(path: Path) -> str:
    """The text of a file. Raises RuleError: unreadable-file, too-large, encoding."""
    try:
        with open(path, "rb") as file:
            data = file.read(_USUAL_BYTES)
            if len(data) == _USUAL_BYTES:
                data += file.read(MAXIMUM_BYTES + 1 - _USUAL_BYTES)
        return decoded(data)
    except OSError as error:
        raise failure("unreadable-file", error.strerror or str(error)) from None


def read_standard_input() -> str:
    """The text of standard input. Raises RuleError: too-large, encoding."""
    return decoded(sys.stdin.buffer.read(MAXIMUM_BYTES + 1))


def decoded(data: bytes) -> str:
    """The text of a file's bytes, with every line ended by `\\n`: UTF-8, or UTF-16 with its mark. Raises RuleError: too-large, encoding."""
    if len(data) > MAXIMUM_BYTES:
        raise failure("too-large", f"more than {MAXIMUM_BYTES // 1024 // 1024} MiB")
    encoding = "utf-16" if data.startswith(_UTF_16_MARKS) else "utf-8-sig"
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        message = f"the byte 0x{data[error.start]:02X} is not {encoding.removesuffix('-sig').upper()}"
        raise failure("encoding", message, line, "save the file as UTF-8") from None
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        raise failure("encoding", "a NUL character", line, "save the file as UTF-8; is it a text at all?")
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text
