"""Words in texts, with and without diacritics: every word that is asked for begins a word of the text."""

from __future__ import annotations

from typing import Final

from sqlalchemy import ColumnElement, Connection, Integer, Table, column, func, literal, literal_column, select, table

from ioc.classify.normalise import fold

_MAX_WORDS: Final = 16


def folded(*texts: str) -> str:
    """What is searched: lower case without marks, words apart by one blank."""
    return " ".join(" ".join(map(fold, texts)).split())


def matches(connection: Connection, of: Table, text: str, *, listed: bool = True) -> ColumnElement[bool] | None:
    """Condition on a table with a folded column; none where the text has no word.

    Args:
        connection: Its database decides on the words.
        of: The table.
        text: The words.
        listed: SQLite may begin with the rows that have the words; else it goes through rows in another order and looks
            whether each has them.

    """
    words = folded(text).split()[:_MAX_WORDS]
    if not words:
        return None
    if connection.dialect.name == "postgresql":
        query = " & ".join(f"{word}:*" for word in words)
        # The configuration stands in the statement as in the index, or PostgreSQL would not use the index.
        simple: ColumnElement[str] = literal_column("'simple'::regconfig")
        return func.to_tsvector(simple, of.c.folded).bool_op("@@")(func.to_tsquery(simple, query))
    index = table(f"{of.name}_text", column("rowid", Integer))
    found = select(index.c.rowid).where(
        literal_column(f"{of.name}_text").bool_op("MATCH")(literal(" ".join(f'"{word}"*' for word in words)))
    )
    return (of.c.row if listed else literal_column(f'+{of.name}."row"', Integer)).in_(found)
