"""Hubs and the codes that enrol them, hand-overs between copies of a session, and what a hub has forwarded."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.create_table(
        "hub_code",
        sa.Column("sha256", sa.Text(), sa.ForeignKey("enrolment_code.sha256"), primary_key=True, nullable=False),
    )
    op.create_table(
        "hub",
        sa.Column("device", sa.Text(), sa.ForeignKey("device.id"), primary_key=True, nullable=False),
        sa.Column("delegation", sa.Text(), nullable=False),
    )
    op.create_table(
        "handover",
        sa.Column("session", sa.Text(), sa.ForeignKey("session.id"), primary_key=True, nullable=False),
        sa.Column("branch", sa.BigInteger(), primary_key=True, autoincrement=False, nullable=False),
        sa.Column("epoch", sa.Text(), primary_key=True, nullable=False),
        sa.Column("after_seq", sa.BigInteger(), nullable=False),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
    )
    op.create_table(
        "forwarded",
        sa.Column("session", sa.Text(), sa.ForeignKey("session.id"), primary_key=True, nullable=False),
        sa.Column("what", sa.Text(), primary_key=True, nullable=False),
        sa.Column("through", sa.BigInteger(), nullable=False),
    )
    op.create_table(
        "wish",
        sa.Column("session", sa.Text(), sa.ForeignKey("session.id"), primary_key=True, nullable=False),
        sa.Column("head", sa.Text(), primary_key=True, nullable=False),
        sa.Column("manifest", sa.Text(), nullable=False),
        sa.Column("granted", sa.Boolean(), nullable=False),
    )
