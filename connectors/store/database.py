"""The database: which one, how it is opened, and that its tables are those of this release."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.engine import URL
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from connectors.store.schema import facts
from ioc.settings import Settings

_MIGRATIONS: Final = Path(__file__).parent / "migrations"
_BUSY_MS: Final = 5_000
_CONNECT_S: Final = 3
_SPARING_KB: Final = 4_000
GEOMETRY: Final = "geometry"
"""Fact: ``postgis``, or why positions are found by plain indexes."""

_PRAGMAS: Final = (
    "journal_mode = WAL",
    # A power cut may take back the last transactions, rows and positions alike: they are read from Kafka again.
    "synchronous = NORMAL",
    f"busy_timeout = {_BUSY_MS}",
    "temp_store = MEMORY",
    "cache_size = -32000",
    "mmap_size = 268435456",
    "journal_size_limit = 67108864",
)


class StoreError(Exception):
    """The database is not as it should be; the text is one sentence for the operator."""


def url_of(settings: Settings) -> URL:
    """Address of the database.

    Raises:
        StoreError: it is none that the store can use.

    """
    if settings.store.url is None:
        path = settings.store.path or settings.home / "store.db"
        return URL.create("sqlite+pysqlite", database=str(path.absolute()))
    try:
        url = make_url(settings.store.url.get_secret_value())
    except ArgumentError:
        raise StoreError("IOC_DATABASE_URL is no URL: postgresql://user:password@host/database") from None
    kind = url.get_backend_name()
    if kind in {"postgresql", "postgres"}:
        return url.set(drivername="postgresql+psycopg")
    if kind == "sqlite" and url.database:
        return url.set(drivername="sqlite+pysqlite")
    raise StoreError("IOC_DATABASE_URL has to begin with postgresql:// or sqlite:///")


def open_writer(url: URL) -> Engine:
    """Engine whose transactions write: one at a time, from their beginning."""
    return _open(url, "BEGIN IMMEDIATE")


def open_reader(url: URL, *, sparing: bool = False) -> Engine:
    """Engine whose transactions only read; an SQLite file that is not there is not made.

    Args:
        url: Of the database.
        sparing: Whoever reads everything once gains nothing from the file in memory, and would have all of it there.

    """
    if url.get_backend_name() == "postgresql":
        return _open(url, "BEGIN").execution_options(postgresql_readonly=True)
    assert url.database is not None
    there = url.set(database=f"file:{quote(url.database)}", query={"mode": "rw", "uri": "true"})
    engine = _open(there, "BEGIN")
    event.listen(engine, "connect", _only_reads)
    if sparing:
        event.listen(engine, "connect", _spare)
    return engine


def _open(url: URL, begin: str) -> Engine:
    if url.get_backend_name() == "postgresql":
        # A server that was unplugged is noticed by the kernel, not by waiting for ever.
        arguments = {
            "connect_timeout": _CONNECT_S,
            "keepalives_idle": 5,
            "keepalives_interval": 2,
            "keepalives_count": 3,
            "tcp_user_timeout": 10_000,
            "application_name": "ioc-store",
        }
        return create_engine(url, connect_args=arguments, pool_pre_ping=True, pool_size=4, max_overflow=4)
    engine = create_engine(url, connect_args={"check_same_thread": False, "timeout": _BUSY_MS / 1000})
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", lambda connection: connection.exec_driver_sql(begin) and None)
    return engine


def _prepare(connection: Any, _record: object) -> None:
    # The module would begin transactions where it likes; here they begin where the engine says.
    connection.isolation_level = None
    for pragma in _PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")


def _only_reads(connection: Any, _record: object) -> None:
    connection.execute("PRAGMA query_only = ON")


def _spare(connection: Any, _record: object) -> None:
    connection.execute("PRAGMA mmap_size = 0")
    connection.execute(f"PRAGMA cache_size = -{_SPARING_KB}")


@dataclass(frozen=True, slots=True)
class Revision:
    """Release of the tables: that of the database, and that of this program."""

    found: str | None
    wanted: str

    @property
    def current(self) -> bool:
        """Whether nothing has to be done."""
        return self.found == self.wanted


def revision_of(connection: Connection) -> Revision:
    """Which tables a database has."""
    wanted = ScriptDirectory.from_config(_config()).get_current_head()
    assert wanted is not None
    return Revision(MigrationContext.configure(connection).get_current_revision(), wanted)


def migrate(engine: Engine) -> Revision:
    """Bring the tables to this program's release, in one transaction; returns what was found before.

    Raises:
        StoreError: the database is of a newer release.
        SQLAlchemyError: the database cannot be used.

    """
    with engine.begin() as connection:
        before = revision_of(connection)
        if not before.current:
            _check_known(before)
            config = _config()
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
        if connection.dialect.name == "postgresql":
            _remember(connection, GEOMETRY, _add_geometry(connection))
    return before


def check_revision(engine: Engine) -> None:
    """See that the tables are those of this release.

    Raises:
        StoreError: they are not; the sentence says what to do.

    """
    with engine.connect() as connection:
        revision = revision_of(connection)
    if revision.current:
        return
    _check_known(revision)
    found = "no tables of the store" if revision.found is None else f"tables of release {revision.found}"
    raise StoreError(f"the database has {found}, this program needs {revision.wanted}: run `ioc store migrate`")


def fact(connection: Connection, name: str) -> str | None:
    """What was found out of the database."""
    value: str | None = connection.scalar(facts.select().with_only_columns(facts.c.value).where(facts.c.name == name))
    return value


def _check_known(revision: Revision) -> None:
    known = {script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions()}
    if revision.found is not None and revision.found not in known:
        raise StoreError(f"the database has tables of a newer release ({revision.found}): use a newer program")


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    return config


def _add_geometry(connection: Connection) -> str:
    """Give incidents a geometry with its index where PostGIS is to be had; says so, or why not."""
    try:
        with connection.begin_nested():
            connection.execute(text("CREATE EXTENSION IF NOT EXISTS postgis"))
            connection.execute(
                text(
                    "ALTER TABLE incidents ADD COLUMN IF NOT EXISTS geom geometry(Point, 4326) "
                    "GENERATED ALWAYS AS (ST_SetSRID(ST_MakePoint(lon, lat), 4326)) STORED"
                )
            )
            connection.execute(text("CREATE INDEX IF NOT EXISTS incidents_geom ON incidents USING gist (geom)"))
    except SQLAlchemyError as error:
        return f"plain indexes: {str(getattr(error, 'orig', error)).splitlines()[0]}"
    return "postgis"


def _remember(connection: Connection, name: str, value: str) -> None:
    connection.execute(facts.delete().where(facts.c.name == name))
    connection.execute(facts.insert().values(name=name, value=value))
