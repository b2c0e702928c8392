"""Where a command's results go: standard output, one file, or a folder with one file per rule."""

import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol, TextIO

from msgspec import Struct

from sigma_amsi.errors import ConfigurationError, Problem


class Block(Struct, frozen=True):
    """The text that stands for one rule, empty where there is none.

    source: the file that the rule is from, None for what could not be read as a rule. heading: the line that tells the text from others beside it.
    """

    source: Path | None
    heading: str = ""
    text: str = ""


class Output(Protocol):
    def write(self, blocks: Iterable[Block]) -> None:
        """Takes all results of one command."""
        ...


@contextmanager
def open_output(destination: str | None, inputs: Sequence[str], suffix: str, *, whole: bool = False) -> Iterator[Output]:
    """The output that `-o` names. A file that is there is replaced at the end, when all went well, and not before.

    inputs: the files and folders that the rules come from, whose tree a folder of results repeats. suffix: of the files in it.
    whole: blocks bring their own headings, if any. Raises ConfigurationError output.
    """
    try:
        if destination is None or destination == "-":
            yield _Stream(sys.stdout, whole)
        elif destination.endswith("/") or Path(destination).is_dir():
            yield _Folder(Path(destination), [Path(each) for each in inputs], suffix)
        else:
            path = Path(destination)
            part = path.with_name(f".{path.name}.{os.getpid()}.part")
            try:
                with part.open("w", encoding="utf-8", newline="\n") as file:
                    yield _Stream(file, whole)
                part.replace(path)
            finally:
                part.unlink(missing_ok=True)
    except BrokenPipeError:
        raise
    except OSError as error:
        raise ConfigurationError(
            Problem("output", f"cannot be written: {error.strerror or error}", Path(error.filename or destination or "-"))
        ) from None


class _Stream(Struct, frozen=True):
    """Blocks one after another. A single one stands alone, ready to pipe; of several each stands under its heading."""

    file: TextIO
    whole: bool

    def write(self, blocks: Iterable[Block]) -> None:
        if self.whole:
            for block in blocks:
                self.file.write(block.text)
            return
        waiting: Block | None = None
        several = False
        for block in blocks:
            if waiting is not None:
                self._under_heading(waiting)
                several = True
            waiting = block
        if waiting is not None and several:
            self._under_heading(waiting)
        elif waiting is not None:
            self.file.write(waiting.text)

    def _under_heading(self, block: Block) -> None:
        if block.text:
            self.file.write(f"{block.heading}\n{block.text}\n")


class _Folder(Struct, frozen=True):
    """One file per rule, in the tree of the input; further documents of one file are numbered."""

    root: Path
    inputs: Sequence[Path]
    suffix: str

    def write(self, blocks: Iterable[Block]) -> None:
        written: dict[Path, Path] = {}
        numbers: dict[Path, int] = {}
        for block in blocks:
            source = block.source
            if source is None:
                continue
            numbers[source] = number = numbers.get(source, 0) + 1
            path = self.root / self._name(source, number)
            if path in written:
                both = f"{written[path]} and {source} would both be written to it"
                raise ConfigurationError(Problem("output", both, path, hint="give the folder above both as the input"))
            written[path] = source
            if block.text:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(block.text, encoding="utf-8", newline="\n")
            else:
                path.unlink(missing_ok=True)  # a query of an earlier run, which is now refused or not proved

    def _name(self, source: Path, number: int) -> Path:
        relative = self._relative(source)
        numbered = f"_{number}" if number > 1 else ""
        return relative.with_name(f"{relative.stem}{numbered}.{self.suffix}")

    def _relative(self, source: Path) -> Path:
        for each in self.inputs:
            if source != each and source.is_relative_to(each):
                return source.relative_to(each)
        return Path(source.name)
