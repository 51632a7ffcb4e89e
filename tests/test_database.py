"""The database: made, brought up to date, and refused with a sentence."""

import re
import subprocess
import sys
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, insert, inspect, select
from sqlalchemy.orm import Session

from core.config import PROJECT_ROOT
from core.database import Base, JobRow, opened
from core.errors import JobError


@pytest.fixture
def url(database_url: str) -> str:
    return database_url


def alembic_config(engine: Engine) -> Config:
    config = Config()
    config.set_main_option("script_location", str(PROJECT_ROOT / "core" / "migrations"))
    config.attributes["connection"] = engine
    return config


def add_row(engine: Engine, moment: datetime) -> None:
    with Session(engine) as session, session.begin():
        values = {"id": "1", "kind": "training", "title": "first", "state": "done", "who": "local", "log": ["a"]}
        session.execute(insert(JobRow).values(**values, problem="", owner="", created=moment, heartbeat=moment))


def test_a_new_database_has_all_tables(url: str) -> None:
    assert set(inspect(opened(url)).get_table_names()) == {"alembic_version", *Base.metadata.tables}


def test_a_sqlite_file_lets_one_write_while_others_read(tmp_path: Path) -> None:
    with opened(f"sqlite:///{tmp_path / 'new' / 'leukoscope.sqlite'}").connect() as connection:
        found = [
            connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "foreign_keys", "busy_timeout")
        ]
    assert found == ["wal", 1, 30_000]


def test_the_migrations_make_exactly_the_tables_that_the_code_expects(url: str) -> None:
    with opened(url).connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []


def test_a_database_that_is_opened_again_keeps_its_rows_and_their_times(url: str) -> None:
    moment = datetime(2026, 11, 25, 3, 30, tzinfo=timezone(timedelta(hours=5, minutes=30)))
    add_row(opened(url), moment)
    with Session(opened(url)) as session:
        (row,) = session.scalars(select(JobRow))
        assert (row.id, row.log, row.config) == ("1", ["a"], None)
        assert (row.created, row.created.tzinfo) == (moment, UTC)


def test_each_migration_can_be_taken_back(url: str) -> None:
    engine = opened(url)
    (head,) = ScriptDirectory.from_config(alembic_config(engine)).get_heads()
    with engine.begin() as connection:
        config = alembic_config(engine)
        config.attributes["connection"] = connection
        command.downgrade(config, "base")
    assert inspect(engine).get_table_names() == ["alembic_version"]
    with opened(url).connect() as connection:
        assert MigrationContext.configure(connection).get_current_revision() == head


def test_a_database_from_before_comparisons_were_kept_gains_their_table_and_keeps_its_jobs(url: str) -> None:
    engine = opened(url)
    add_row(engine, datetime(2026, 11, 25, 3, 30, tzinfo=UTC))
    with engine.begin() as connection:
        config = alembic_config(engine)
        config.attributes["connection"] = connection
        command.downgrade(config, "0001")
    assert set(inspect(engine).get_table_names()) == {"alembic_version", "jobs"}
    again = opened(url)
    assert "comparisons" in inspect(again).get_table_names()
    with Session(again) as session:
        assert [row.title for row in session.scalars(select(JobRow))] == ["first"]


def test_servers_that_start_at_the_same_time_do_not_get_in_each_others_way(url: str) -> None:
    script = "import sys; from core.database import opened; opened(sys.argv[1])"
    servers = [
        subprocess.Popen([sys.executable, "-c", script, url], cwd=PROJECT_ROOT, stderr=subprocess.PIPE)
        for _ in range(3)
    ]
    assert [server.communicate()[1] for server in servers] == [b"", b"", b""]


def test_a_database_of_a_later_version_is_refused(url: str) -> None:
    with opened(url).begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(JobError, match=r"^Expected a database of this version of LeukoScope or an older one\. .*9999"):
        opened(url)


def test_a_file_that_is_no_database_is_refused_and_kept(tmp_path: Path) -> None:
    file = tmp_path / "cells.sqlite"
    file.write_text("no database " * 100)
    with pytest.raises(JobError, match=r"^Expected a database that can be used\. .*file is not a database"):
        opened(f"sqlite:///{file}")
    assert file.read_text() == "no database " * 100


@pytest.mark.parametrize(
    "wrong",
    [
        "nonsense",
        "oracle+nothing://me:secret@host/cells",
        "wat://me:secret@host/cells",
        "postgresql://127.0.0.1:1/cells?user=me&password=secret",
    ],
)
def test_a_url_that_leads_nowhere_is_refused_without_its_password(wrong: str) -> None:
    with pytest.raises(JobError, match=r"^Expected a database that can be used\. Received: ") as refusal:
        opened(wrong)
    assert "secret" not in str(refusal.value)


def test_a_database_of_another_kind_is_refused_with_those_that_can_be_used() -> None:
    with pytest.raises(JobError, match=r"neither sqlite:// nor postgresql\+psycopg://\)\.$"):
        opened("mysql://me@host/cells")


def test_a_driver_that_is_missing_is_named_with_the_command_that_installs_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(JobError, match=r"^Expected a database .*psycopg.*; try: .*pip install -r ") as refusal:
        opened("postgresql+psycopg://me@host/cells")
    (file,) = re.findall(r"-r (\S+)\)", str(refusal.value))
    assert (PROJECT_ROOT / file).read_text(encoding="utf-8").splitlines()[-1].startswith("psycopg[binary]==")
