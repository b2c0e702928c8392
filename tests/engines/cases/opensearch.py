"""Field types that only a whole node has: `wildcard`, which OpenSearch reads unlike Elasticsearch, and `text`.

All of it was observed on OpenSearch 2.19.4, and what concerns `text` on 1.3.20 too.
"""

from __future__ import annotations

from typing import Final

from . import FINDS, MISSES, REJECTED, Outcome

CMD: Final = r"C:\Windows\System32\cmd.exe"
PROSE: Final = "the quick (brown) fox-trot"

#: A value of a `wildcard` field, a query, and what comes of it: the opposite of what a keyword gives.
WILDCARD: Final[list[tuple[str, str, Outcome]]] = [
    (CMD, r"f:*\\cmd.exe", MISSES),  # a backslash in a pattern is lost
    (CMD, r'f:"*\\cmd.exe"', FINDS),  # quotes do not make a star literal
    (r"C:\Users\bob", r"f:*\\Users\\*", MISSES),
    ("axb", r"f:a\**", FINDS),  # nor does a backslash
    ("xfoo", r"f:/foo/", FINDS),  # a regex is searched for
    ("line1\nline2", r"f:line1?line2", MISSES),
    ("", r'f:""', MISSES),
    ("7", r"f:>5", REJECTED),
]

#: The same of a `text` field, with the standard analyser: words in lower case.
TEXT: Final[list[tuple[str, str, Outcome]]] = [
    (CMD, r"f:CMD.EXE", FINDS),
    (CMD, r"f:*CMD*", FINDS),
    (CMD, r"f:*\\cmd.exe", MISSES),
    (CMD, r'f:"C:\\Windows\\System32\\cmd.exe"', FINDS),
    (CMD, r"f:*System32*cmd*", MISSES),
    ("powershell -EncodedCommand", r"f:/.*Command/", FINDS),
    ("powershell -EncodedCommand", r"f:/.*command/", FINDS),
    (PROSE, r'f:"quick brown"', FINDS),
    (PROSE, r'f:"brown quick"', MISSES),
    (PROSE, r"f:(fox whoami)", FINDS),
    (PROSE, r"f:fox\-trot", FINDS),
    ("", r'f:""', MISSES),
    ("", r"f:*", FINDS),
]
