"""The database: its tables, and how it is opened; SQLite by default, PostgreSQL for several servers on one network."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Connection,
    DateTime,
    Dialect,
    Double,
    Engine,
    ForeignKey,
    LargeBinary,
    MetaData,
    String,
    Text,
    create_engine,
    event,
)
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column
from sqlalchemy.pool import NullPool
from sqlalchemy.types import TypeDecorator

from core.errors import JobError

_SQLITE = ("sqlite", "sqlite+pysqlite")
_POSTGRESQL = ("postgresql", "postgresql+psycopg")
_BUSY_SECONDS = 30  # to wait for another process that writes
_PATIENCE: dict[str, int] = {  # of the PostgreSQL driver, in seconds: a server that went away must not hang the pages
    "connect_timeout": 5,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 2,
}
_MIGRATION_LOCK = 6_215_024_417  # any number that no other program of the same database locks
_WRITE_LOCK = 6_215_024_418
_MIGRATIONS = Path(__file__).parent / "migrations"
_migrating = threading.Lock()  # Alembic keeps its state in a module


class Moment(TypeDecorator[datetime]):
    """A time with its zone, kept as UTC without one: SQLite knows no zones."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Take the zone off on the way in."""
        return None if value is None else value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Put it on on the way out."""
        return None if value is None else value.replace(tzinfo=UTC)


class Base(DeclarativeBase):
    """Root of the tables."""

    metadata = MetaData(naming_convention={"pk": "pk_%(table_name)s", "ix": "ix_%(table_name)s_%(column_0_name)s"})


class JobRow(Base):
    """A row for each job; `core.records` says what its columns mean."""

    __tablename__ = "jobs"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    kind: Mapped[str] = mapped_column(String(32))
    title: Mapped[str] = mapped_column(String(200))
    state: Mapped[str] = mapped_column(String(16), index=True)
    who: Mapped[str] = mapped_column(String(200))
    created: Mapped[datetime] = mapped_column(Moment)
    started: Mapped[datetime | None] = mapped_column(Moment)
    ended: Mapped[datetime | None] = mapped_column(Moment)
    config: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    data: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    progress: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    log: Mapped[list[str]] = mapped_column(JSON)
    problem: Mapped[str] = mapped_column(Text)
    result: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    owner: Mapped[str] = mapped_column(String(400))
    heartbeat: Mapped[datetime] = mapped_column(Moment)


class ComparisonRow(Base):
    """A row for each comparison that is kept; `core.history` says what its columns mean."""

    __tablename__ = "comparisons"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    created: Mapped[datetime] = mapped_column(Moment)
    who: Mapped[str] = mapped_column(String(200))
    title: Mapped[str] = mapped_column(String(200))
    origin: Mapped[str] = mapped_column(Text)
    data_fingerprint: Mapped[str] = mapped_column(String(64))
    split_by: Mapped[str] = mapped_column(String(16))
    protocol: Mapped[str] = mapped_column(String(16))
    features: Mapped[str] = mapped_column(Text)
    seed: Mapped[int] = mapped_column(BigInteger)
    models: Mapped[list[str]] = mapped_column(JSON)
    versions: Mapped[dict[str, str]] = mapped_column(JSON)
    best: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    document: Mapped[bytes] = mapped_column(LargeBinary)
    sha256: Mapped[str] = mapped_column(String(64))


class AuditRow(Base):
    """A row for each act on record; `core.audit` says what its columns mean, and triggers refuse to change one."""

    __tablename__ = "audit_log"

    sequence: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    time: Mapped[str] = mapped_column(String(32))  # as text: what is hashed is what is kept
    who: Mapped[str] = mapped_column(String(200))
    action: Mapped[str] = mapped_column(String(32))
    file_sha256: Mapped[str] = mapped_column(String(64))
    model_sha256: Mapped[str] = mapped_column(String(64))
    threshold: Mapped[float | None] = mapped_column(Double)
    label: Mapped[str] = mapped_column(String(200))
    probability: Mapped[float | None] = mapped_column(Double)
    stopped_by: Mapped[str] = mapped_column(String(32))
    details: Mapped[str] = mapped_column(Text)
    previous: Mapped[str] = mapped_column(String(64))
    sha256: Mapped[str] = mapped_column(String(64))


class CaseRow(Base):
    """A row for each case that is kept; `core.cases.case` says what its columns mean."""

    __tablename__ = "cases"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    created: Mapped[datetime] = mapped_column(Moment)
    who: Mapped[str] = mapped_column(String(200))
    title: Mapped[str] = mapped_column(String(200))
    classes: Mapped[list[str]] = mapped_column(JSON)


class CaseCellRow(Base):
    """A row for each cell of a case; its picture is a file."""

    __tablename__ = "case_cells"

    case_id: Mapped[str] = mapped_column(ForeignKey("cases.id", name="fk_case_cells_case_id"), primary_key=True)
    place: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    sha256: Mapped[str] = mapped_column(String(64))
    image_sha256: Mapped[str] = mapped_column(String(64))
    label: Mapped[str] = mapped_column(String(200))
    answer: Mapped[dict[str, Any]] = mapped_column(JSON)


class ReviewRow(Base):
    """A row for each review of a cell of a case; `core.cases.review` says what its columns mean."""

    __tablename__ = "reviews"

    case_id: Mapped[str] = mapped_column(ForeignKey("cases.id", name="fk_reviews_case_id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    place: Mapped[int]
    decision: Mapped[str] = mapped_column(String(16))
    reviewer: Mapped[str] = mapped_column(String(200))
    label: Mapped[str] = mapped_column(String(200))
    comment: Mapped[str] = mapped_column(Text)
    time: Mapped[datetime] = mapped_column(Moment)
    withdraws: Mapped[int | None]


def opened(url: str) -> Engine:
    """Open a database and bring its tables up to date; a SQLite file is made if need be.

    Args:
        url: As SQLAlchemy writes it: `sqlite:////folder/file.sqlite` or `postgresql+psycopg://user:password@host/name`.

    Returns:
        An engine that may be shared between threads. It keeps no connection open: a few short transactions a second
        need none, and a database that was restarted is found again.

    Raises:
        JobError: If the URL is none, its driver is not installed, or there is no database that can be used.
    """
    try:
        engine = _engine(make_url(url))
        with _migrating, engine.connect() as connection:
            _migrate(connection)
    except (SQLAlchemyError, OSError, ImportError) as error:
        raise JobError(f"Expected a database that can be used. Received: {_shown(url)} ({_cause(error)}).") from error
    return engine


@contextmanager
def transaction(engine: Engine, what: str, *, alone: bool = False) -> Iterator[Session]:
    """One transaction, which is carried out whole or not at all.

    Args:
        engine: As `opened` returns it.
        what: What the database is of, for people, such as "cases".
        alone: Wait until no other transaction that wants to be alone is under way, here or in another server, and
            hold the others off until this one has ended: what is read in it is still so when it writes.

    Yields:
        A session that commits at the end.

    Raises:
        JobError: If the database does not answer or refuses.
    """
    try:
        with Session(engine) as session, session.begin():
            if alone:
                _hold_off_others(session.connection())
            yield session
    except SQLAlchemyError as error:
        cause = str(getattr(error, "orig", None) or error).splitlines()[0]
        raise JobError(f"Expected a database of {what} that answers. Received: {cause}.") from error


def _hold_off_others(connection: Connection) -> None:
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    else:
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_WRITE_LOCK})")


def _engine(url: URL) -> Engine:
    first: tuple[str, ...]
    if url.drivername in _SQLITE:
        if url.database:
            Path(url.database).parent.mkdir(parents=True, exist_ok=True)
        engine = create_engine(url, poolclass=NullPool, connect_args={"timeout": _BUSY_SECONDS})
        first = ("PRAGMA journal_mode=WAL", "PRAGMA synchronous=NORMAL", "PRAGMA foreign_keys=ON")
    elif url.drivername in _POSTGRESQL:
        patience = {name: value for name, value in _PATIENCE.items() if name not in url.query}
        engine = create_engine(url, poolclass=NullPool, connect_args=patience)
        first = (f"SET statement_timeout = '{_BUSY_SECONDS}s'",)
    else:
        raise ArgumentError("neither sqlite:// nor postgresql+psycopg://")

    @event.listens_for(engine, "connect")
    def _prepare(connection: Any, record: Any) -> None:  # noqa: ANN401, ARG001  # the driver's own types
        for statement in first:
            connection.execute(statement)
        connection.commit()

    return engine


def _migrate(connection: Connection) -> None:
    from alembic import command
    from alembic.config import Config
    from alembic.util import CommandError

    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("BEGIN IMMEDIATE")  # two servers may start at once: one migrates, one waits
    else:
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_MIGRATION_LOCK})")
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    try:
        command.upgrade(config, "head")
    except CommandError as error:
        raise JobError(
            f"Expected a database of this version of LeukoScope or an older one. Received: {error}."
        ) from error
    connection.commit()


def _shown(url: str) -> str:
    """The URL without its password, which may also stand among its options."""
    try:
        return make_url(url).set(query={}).render_as_string(hide_password=True)
    except ArgumentError:
        return "a text that is no URL of a database"


def _cause(error: Exception) -> str:
    first_line = str(getattr(error, "orig", None) or error).splitlines()[0]
    if isinstance(error, ImportError):
        return f"{first_line}; try: .venv/bin/pip install -r requirements-postgresql.txt"
    return first_line
