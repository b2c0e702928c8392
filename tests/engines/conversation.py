"""Talks to an engine that runs as a child process: one JSON line out, one JSON line back.

Starting a JVM or loading Microsoft's parser costs a second, asking costs microseconds. So a process is started on the
first question, answers all later ones, and ends with the interpreter.
"""

from __future__ import annotations

import atexit
import json
import subprocess
import tempfile
import threading
from collections.abc import Sequence
from types import TracebackType
from typing import IO, Any


class EngineFailed(Exception):
    """The process ended or hung: a fault of the harness or of the engine, never an answer about a query."""


class Conversation:
    """A child process that reads one request per line and writes one reply per line."""

    def __init__(self, command: Sequence[str], timeout_seconds: float = 300) -> None:
        self._command = list(command)
        self._timeout_seconds = timeout_seconds
        self._process: subprocess.Popen[str] | None = None
        self._complaints: IO[str] | None = None
        self._turn = threading.Lock()

    def ask(self, request: object) -> Any:
        """Send `request` and return the reply.

        Raises EngineFailed when the process dies or takes longer than the timeout.
        """
        line = json.dumps(request)  # escapes every character outside ASCII, so the child's locale does not matter
        with self._turn:
            process = self._started()
            # A timer that kills is the one way to interrupt a blocking read that works the same everywhere.
            timer = threading.Timer(self._timeout_seconds, process.kill)
            timer.start()
            try:
                reply = self._exchange(process, line)
            finally:
                timer.cancel()
            if not reply:
                raise EngineFailed(self._obituary(process))
        return json.loads(reply)

    def close(self) -> None:
        """End the process; the next question would start a new one."""
        process, self._process = self._process, None
        if process is None:
            return
        assert process.stdin is not None and process.stdout is not None
        process.kill()  # it holds nothing that would have to be saved
        process.wait()
        process.stdin.close()
        process.stdout.close()
        if self._complaints is not None:
            self._complaints.close()
        atexit.unregister(self.close)

    def __enter__(self) -> Conversation:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _started(self) -> subprocess.Popen[str]:
        if self._process is None:
            # A file and not a pipe: nobody reads it until the process is dead, and a full pipe would block the child.
            self._complaints = tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace")
            self._process = subprocess.Popen(
                self._command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._complaints,
                encoding="utf-8",
                newline="\n",
            )
            atexit.register(self.close)
        return self._process

    @staticmethod
    def _exchange(process: subprocess.Popen[str], line: str) -> str:
        assert process.stdin is not None and process.stdout is not None
        try:
            process.stdin.write(line + "\n")
            process.stdin.flush()
        except BrokenPipeError:
            return ""
        return process.stdout.readline()

    def _obituary(self, process: subprocess.Popen[str]) -> str:
        code = process.wait()
        complaints = ""
        if self._complaints is not None:
            self._complaints.seek(0)
            complaints = self._complaints.read()[-4000:]
        self.close()
        return f"{self._command[0]} ended with code {code} while it was asked\n{complaints}"
