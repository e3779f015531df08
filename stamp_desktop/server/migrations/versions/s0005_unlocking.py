"""Tickets that let a paused test go on."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.create_table(
        "unlock",
        sa.Column("id", sa.Text(), primary_key=True, nullable=False),
        sa.Column("device", sa.Text(), sa.ForeignKey("device.id"), nullable=False),
        sa.Column("signed", sa.Text(), nullable=False),
        sa.Column("issued_ms", sa.BigInteger(), nullable=False),
        sa.Column("expires_ms", sa.BigInteger(), nullable=False),
    )
    op.create_index("unlock_by_device", "unlock", ["device", "expires_ms"])
