"""The reader of Splunk searches: what any search over events says, as a predicate over their fields.

`source` cuts a text into commands, `search` reads the language of that command, `syntax`, `comparisons` and `expressions` read `eval` and `where`,
`commands` the others. Pages that comments name are those of the Splunk documentation, help.splunk.com.
"""

from sigma_amsi.backend import Reading
from sigma_amsi.pipeline.schema import Schema, Table

from .commands import read_commands
from .source import expand


def parse(text: str, schema: Schema, table: Table) -> Reading:
    """What the search says. Raises Unreadable, naming the place, for whatever is not known exactly, or is disputed."""
    return Reading(None, read_commands(expand(text, schema.macros), table))
