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
from typing import Any


class EngineFailed(Exception):
    """The process ended or hung: a fault of the harness or of the engine, never an answer about a query."""


class Conversation:
    """A child process that reads one request per line and writes one reply per line."""

    def __init__(self, command: Sequence[str], timeout_seconds: float = 300) -> None:
        self._command = list(command)
        self._timeout_seconds = timeout_seconds
        self._child: _Child | None = None
        self._turn = threading.Lock()

    def ask(self, request: object) -> Any:
        """Send `request` and return the reply.

        Raises EngineFailed when the process dies or takes longer than the timeout.
        """
        line = json.dumps(request)  # escapes every character outside ASCII, so the child's locale does not matter
        with self._turn:
            if self._child is None:
                self._child = _Child(self._command)
                atexit.register(self.close)
            # A timer that kills is the one way to interrupt a blocking read that works the same everywhere.
            timer = threading.Timer(self._timeout_seconds, self._child.kill)
            timer.start()
            reply = self._child.exchange(line)
            timer.cancel()
            if not reply:
                last_words = self._child.last_words()
                self.close()
                raise EngineFailed(f"{self._command[0]} ended while it was asked\n{last_words}")
        return json.loads(reply)

    def close(self) -> None:
        """End the process; the next question starts a new one."""
        child, self._child = self._child, None
        if child is not None:
            child.close()
            atexit.unregister(self.close)


class _Child:
    def __init__(self, command: Sequence[str]) -> None:
        # A file and not a pipe: nobody reads it before the process is dead, and a full pipe would block the child.
        self._complaints = tempfile.TemporaryFile()  # noqa: SIM115  (lives as long as the process)
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._complaints, encoding="utf-8")

    def exchange(self, line: str) -> str:
        """Send one line and wait for one; an empty text when the process has ended."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        try:
            self._process.stdin.write(line + "\n")
            self._process.stdin.flush()
        except BrokenPipeError:
            return ""
        return self._process.stdout.readline()

    def last_words(self) -> str:
        """The exit code, and the end of what a dead process wrote to its standard error."""
        code = self._process.wait()
        self._complaints.seek(0)
        return f"exit code {code}\n{self._complaints.read().decode(errors='replace')[-4000:]}"

    def kill(self) -> None:
        self._process.kill()

    def close(self) -> None:
        self.kill()  # it holds nothing that would have to be saved
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout, self._complaints):
            assert stream is not None
            try:
                stream.close()
            except BrokenPipeError:
                continue  # what was not yet written to a dead process
