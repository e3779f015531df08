"""What computers found when they were asked whether they are ready."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.create_table(
        "readiness",
        sa.Column("organization", sa.Text(), sa.ForeignKey("organization.id"), primary_key=True, nullable=False),
        sa.Column("site", sa.Text(), primary_key=True, nullable=False),
        sa.Column("room", sa.Text(), primary_key=True, nullable=False),
        sa.Column("computer", sa.Text(), primary_key=True, nullable=False),
        sa.Column("taken_ms", sa.BigInteger(), primary_key=True, autoincrement=False, nullable=False),
        sa.Column("sender", sa.Text(), nullable=False),
        sa.Column("received_ms", sa.BigInteger(), nullable=False),
        sa.Column("verdict", sa.Text(), nullable=False),
        sa.Column("report", sa.Text(), nullable=False),
    )
    op.create_index("readiness_by_sender", "readiness", ["sender", "received_ms"])
