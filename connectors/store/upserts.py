"""Writing that changes nothing when it is done again, in the words of either database."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final, TypeVar

from sqlalchemy import Connection, Table, case, func, or_
from sqlalchemy.dialects import postgresql, sqlite

Row = Mapping[str, Any]
_T = TypeVar("_T")

CHUNK: Final = 400
"""Values of one IN list."""


class Sink:
    """Writes rows within a transaction, and counts them by table.

    Args:
        connection: In the transaction.

    """

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.written: Counter[str] = Counter()
        self._server = connection.dialect.name == "postgresql"

    def add(self, table: Table, rows: Sequence[Row], identity: Sequence[str]) -> None:
        """Insert what is not there; what is there stays."""
        if rows:
            self._run(table, self._insert(table).on_conflict_do_nothing(index_elements=list(identity)), rows)

    def put(self, table: Table, rows: Sequence[Row], identity: Sequence[str]) -> None:
        """Insert, or replace the columns that the rows name."""
        if rows:
            statement = self._insert(table)
            changed = {name: statement.excluded[name] for name in rows[0] if name not in identity}
            self._run(table, statement.on_conflict_do_update(index_elements=list(identity), set_=changed), rows)

    def put_newer(
        self, table: Table, rows: Sequence[Row], identity: Sequence[str], *, by: str, least: str, lasting: Sequence[str]
    ) -> None:
        """Insert, or replace what is not newer.

        Args:
            table: Where to.
            rows: All with the same columns.
            identity: Columns of the key.
            by: Column that tells which row is newer.
            least: Column that keeps its smallest value, in whatever order rows come.
            lasting: Columns whose value stays where a newer row has none.

        """
        if not rows:
            return
        statement = self._insert(table)
        excluded = statement.excluded
        smallest = func.least if self._server else func.min
        newer = excluded[by] >= table.c[by]
        changed: dict[str, Any] = {}
        for name in rows[0]:
            if name == least:
                changed[name] = smallest(excluded[name], table.c[name])
            elif name in lasting:
                chosen = case((newer, excluded[name]), else_=table.c[name])
                changed[name] = func.coalesce(chosen, table.c[name], excluded[name])
            elif name not in identity:
                changed[name] = case((newer, excluded[name]), else_=table.c[name])
        where = or_(newer, excluded[least] < table.c[least])
        self._run(
            table, statement.on_conflict_do_update(index_elements=list(identity), set_=changed, where=where), rows
        )

    def _insert(self, table: Table) -> postgresql.Insert | sqlite.Insert:
        return postgresql.insert(table) if self._server else sqlite.insert(table)

    def _run(self, table: Table, statement: postgresql.Insert | sqlite.Insert, rows: Sequence[Row]) -> None:
        self.connection.execute(statement, list(rows))
        self.written[str(table.name)] += len(rows)


def chunks(values: Iterable[_T], size: int = CHUNK) -> Iterator[list[_T]]:
    """Parts of a sequence."""
    part: list[_T] = []
    for value in values:
        part.append(value)
        if len(part) == size:
            yield part
            part = []
    if part:
        yield part
