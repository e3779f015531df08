"""The tables as the steps make them are the tables that the program knows, in both kinds of database."""

from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import exc, inspect, text

from stamp_desktop.server import upgrading
from stamp_desktop.server.schema import metadata
from stamp_desktop.server.store import Store
from stamp_desktop.trouble import Trouble
from tests.server.backends import Cluster


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'server.db'}"
    cluster: Cluster = request.getfixturevalue("cluster")
    return cluster.new_database()


def ours(name: str | None, kind: str, _: Any) -> bool:
    """PostgreSQL's parts of a table are not tables that the program speaks of."""
    return kind != "table" or not str(name).startswith("event_")


def test_the_steps_lead_to_the_tables_of_the_program(url: str) -> None:
    store = Store(url)
    with store.reading() as connection:
        context = MigrationContext.configure(connection, opts={"include_name": ours})
        assert compare_metadata(context, metadata) == []
    store.close()


def test_the_newest_step_is_the_one_that_the_program_expects() -> None:
    settings = Config()
    settings.set_main_option("script_location", str(upgrading.STEPS))
    assert ScriptDirectory.from_config(settings).get_heads() == [upgrading.NEWEST]


def test_data_from_before_the_numbered_steps_is_taken_over(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'server.db'}"
    store = Store(url)
    with store.writing() as connection:
        connection.execute(text("INSERT INTO organization (id, name, revision) VALUES ('o', 'Riverside', 0)"))
        for statement in (
            *(f"DROP TABLE {name}" for name in ("unlock", "readiness", "hub_code", "hub", "handover", "forwarded", "wish")),
            "DROP TABLE token",
            "DROP TABLE login",
            "DROP TABLE audit",
            "DROP INDEX recording_by_touch",
            "DROP INDEX session_by_group",
            "ALTER TABLE recording DROP COLUMN touched_ms",
            "DROP TABLE alembic_version",
            "CREATE TABLE version (one INTEGER, number INTEGER)",
        ):
            connection.execute(text(statement))
    store.close()
    store = Store(url)
    with store.reading() as connection:
        assert connection.execute(text("SELECT name FROM organization")).scalar() == "Riverside"
        assert inspect(connection).has_table("audit")
    store.close()


@pytest.mark.parametrize("act", ["UPDATE audit SET who = 'x'", "DELETE FROM audit"])
def test_the_database_itself_refuses_to_change_the_audit_log(url: str, act: str) -> None:
    store = Store(url)
    with store.writing() as connection:
        connection.execute(text("INSERT INTO audit VALUES (1, 1, 'a', 'b', '{}', '', '')"))
    with pytest.raises(exc.DBAPIError), store.writing() as connection:
        connection.execute(text(act))
    store.close()


def test_events_lie_in_parts_in_postgresql(cluster: Cluster) -> None:
    store = Store(cluster.new_database())
    with store.reading() as connection:
        parts = connection.execute(text("SELECT count(*) FROM pg_inherits WHERE inhparent = 'event'::regclass")).scalar()
    assert parts == 16
    store.close()


@pytest.mark.parametrize("url", ["mysql://somewhere/x", "not a url"])
def test_a_database_of_another_kind_is_refused_with_advice(url: str) -> None:
    with pytest.raises(Trouble) as refused:
        Store(url)
    assert refused.value.code == "database-unfit"


def test_a_database_that_does_not_answer_is_trouble_not_a_fault(tmp_path: Path) -> None:
    with pytest.raises(Trouble) as refused:
        Store(f"postgresql://stamp:secret@/x?host={tmp_path}")
    assert refused.value.code == "database-away"
    assert "secret" not in str(refused.value)
