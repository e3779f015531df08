"""Logins with their tokens, the audit log, and when an upload was last touched."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_table(
        "login",
        sa.Column("id", sa.Text(), primary_key=True, nullable=False),
        sa.Column("name", sa.Text(), nullable=False, unique=True),
        sa.Column("organization", sa.Text(), sa.ForeignKey("organization.id"), nullable=False),
        sa.Column("school", sa.Text(), sa.ForeignKey("school.id")),
        sa.Column("testing_group", sa.Text(), sa.ForeignKey("testing_group.id")),
        sa.Column("password", sa.Text(), nullable=False),
        sa.Column("failures", sa.BigInteger(), nullable=False),
        sa.Column("failed_ms", sa.BigInteger(), nullable=False),
        sa.Column("made_ms", sa.BigInteger(), nullable=False),
        sa.Column("ended_ms", sa.BigInteger()),
    )
    op.create_table(
        "token",
        sa.Column("sha256", sa.Text(), primary_key=True, nullable=False),
        sa.Column("login", sa.Text(), sa.ForeignKey("login.id"), nullable=False),
        sa.Column("expires_ms", sa.BigInteger(), nullable=False),
    )
    op.create_index("token_by_login", "token", ["login"])
    op.create_table(
        "audit",
        sa.Column("number", sa.BigInteger(), primary_key=True, autoincrement=False, nullable=False),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("act", sa.Text(), nullable=False),
        sa.Column("facts", sa.Text(), nullable=False),
        sa.Column("prev_hash", sa.LargeBinary(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
    )
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE FUNCTION audit_only_grows() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION 'the audit log only grows'; END $$"
        )
        op.execute(
            "CREATE TRIGGER audit_only_grows BEFORE UPDATE OR DELETE OR TRUNCATE ON audit "
            "FOR EACH STATEMENT EXECUTE FUNCTION audit_only_grows()"
        )
    else:
        for act in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER audit_only_grows_{act.lower()} BEFORE {act} ON audit "
                "BEGIN SELECT raise(ABORT, 'the audit log only grows'); END"
            )
    op.add_column("recording", sa.Column("touched_ms", sa.BigInteger(), nullable=False, server_default="0"))
    op.create_index("recording_by_touch", "recording", ["whole", "touched_ms"])
    op.create_index("session_by_group", "session", ["testing_group"])
