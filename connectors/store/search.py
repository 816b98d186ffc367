"""Words in texts, with and without diacritics: every word that is asked for begins a word of the text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    Connection,
    Integer,
    Table,
    and_,
    column,
    func,
    literal,
    literal_column,
    select,
    table,
)

from ioc.text.normalise import fold

_MAX_WORDS: Final = 16
_FEW_WORDS: Final = 4


def folded(*texts: str) -> str:
    """What is searched: lower case without marks, words apart by one blank."""
    return " ".join(" ".join(map(fold, texts)).split())


def words_of(text: str) -> Sequence[str]:
    """The words that are asked for, as they stand in folded texts; at most sixteen."""
    return folded(text).split()[:_MAX_WORDS]


def has(text: ColumnElement[str], words: Sequence[str]) -> ColumnElement[bool]:
    """Condition on a folded text that is at hand: it is looked at itself, no index is asked."""
    beginning: Any = literal(" ") + text
    return and_(*(beginning.contains(f" {word}", autoescape=True) for word in words))


def matches(connection: Connection, of: Table, words: Sequence[str]) -> ColumnElement[bool]:
    """Condition on a table with a folded column, by its index of words.

    Args:
        connection: Its database decides on the words.
        of: The table.
        words: At least one.

    """
    # Half of all texts have a word that begins with a given letter: what the index gives for the others is looked at.
    asked: Sequence[str] = [word for word in words if len(word) > 1] or words
    if connection.dialect.name == "postgresql":
        # Its index reads all rows of each word, and it fetches rows in a fraction of that time.
        asked = sorted(asked, key=len, reverse=True)[:_FEW_WORDS]
    found = _indexed(connection, of, asked)
    return found if len(asked) == len(words) else and_(found, has(of.c.folded, words))


def _indexed(connection: Connection, of: Table, words: Sequence[str]) -> ColumnElement[bool]:
    if connection.dialect.name == "postgresql":
        query = " & ".join(f"{word}:*" for word in words)
        # The configuration stands in the statement as in the index, or PostgreSQL would not use the index.
        simple: ColumnElement[str] = literal_column("'simple'::regconfig")
        return func.to_tsvector(simple, of.c.folded).bool_op("@@")(func.to_tsquery(simple, query))
    index = table(f"{of.name}_text", column("rowid", Integer))
    found = select(index.c.rowid).where(
        literal_column(f"{of.name}_text").bool_op("MATCH")(literal(" ".join(f'"{word}"*' for word in words)))
    )
    return of.c.row.in_(found)
