"""Bringing a database up to date, by Alembic's steps in `migrations`. It refuses one that a newer server has written."""

from pathlib import Path

from sqlalchemy import Connection, inspect, text

from stamp_desktop.trouble import Trouble

NEWEST = "0005"
STEPS = Path(__file__).parent / "migrations"
TURN = 0x5354414D50
"""PostgreSQL's advisory lock ("STAMP") that one process holds while it upgrades and the others wait for."""


def upgrade(connection: Connection) -> None:
    """Within the connection's transaction: all of it or nothing. Trouble `program-too-old`."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:turn)"), {"turn": TURN})
    tables = inspect(connection)
    at = ""
    if tables.has_table("alembic_version"):
        at = connection.execute(text("SELECT version_num FROM alembic_version")).scalar() or ""
    if at == NEWEST:
        return
    if at > NEWEST:
        raise Trouble(
            "program-too-old",
            "A newer version of the server has written this data.",
            "Nothing was changed, and nothing is lost.",
            "Install the newest version of the server.",
        )
    from alembic import command  # noqa: PLC0415 (only for the seldom case: loading it takes as long as the rest of a start)
    from alembic.config import Config  # noqa: PLC0415

    settings = Config()
    settings.set_main_option("script_location", str(STEPS).replace("%", "%%"))
    settings.attributes["connection"] = connection
    if not at and tables.has_table("version"):  # written before there were numbered steps
        command.stamp(settings, "0001")
    command.upgrade(settings, "head")
