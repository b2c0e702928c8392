"""The rows that a Kusto query returns: of which table, with which columns."""

from msgspec import Struct

from sigma_amsi.pipeline.schema import Schema


class Rows(Struct, frozen=True):
    """The rows of a query that returns every column of its table.

    computed: the columns that the query makes itself. mentioned: the columns that it looks at.
    """

    table: str
    computed: frozenset[str]
    mentioned: frozenset[str]

    def columns(self, schema: Schema) -> frozenset[str]:
        """The columns of the rows; of an open bag only the bag."""
        table = schema.tables[self.table]
        return self.computed.union(name for name in table.columns if not name.endswith(".*"))
