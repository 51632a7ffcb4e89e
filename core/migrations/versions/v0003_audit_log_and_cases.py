"""The audit log, which can only grow, and the cases with their cells and reviews."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_REFUSAL = "the audit log can only grow"
_SQLITE = (
    *(
        f"CREATE TRIGGER audit_log_no_{act.lower()} BEFORE {act} ON audit_log "
        f"BEGIN SELECT RAISE(ABORT, '{_REFUSAL}'); END"
        for act in ("UPDATE", "DELETE")
    ),
    # REPLACE deletes a row without asking the trigger above
    "CREATE TRIGGER audit_log_in_order BEFORE INSERT ON audit_log "
    "WHEN NEW.sequence IS NOT (SELECT COALESCE(MAX(sequence), 0) + 1 FROM audit_log) "
    "BEGIN SELECT RAISE(ABORT, 'the audit log can only grow'); END",
)
_POSTGRESQL = (
    "CREATE FUNCTION audit_log_refuses() RETURNS trigger LANGUAGE plpgsql AS "
    f"$$ BEGIN RAISE EXCEPTION '{_REFUSAL}'; END $$",
    "CREATE TRIGGER audit_log_only_grows BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_log "
    "FOR EACH STATEMENT EXECUTE FUNCTION audit_log_refuses()",
)


def upgrade() -> None:
    """Make the tables, and the triggers that guard the log."""
    op.create_table(
        "audit_log",
        sa.Column("sequence", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.Column("time", sa.String(32), nullable=False),
        sa.Column("who", sa.String(200), nullable=False),
        sa.Column("action", sa.String(32), nullable=False),
        sa.Column("file_sha256", sa.String(64), nullable=False),
        sa.Column("model_sha256", sa.String(64), nullable=False),
        sa.Column("threshold", sa.Double(), nullable=True),
        sa.Column("label", sa.String(200), nullable=False),
        sa.Column("probability", sa.Double(), nullable=True),
        sa.Column("stopped_by", sa.String(32), nullable=False),
        sa.Column("details", sa.Text(), nullable=False),
        sa.Column("previous", sa.String(64), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("sequence", name="pk_audit_log"),
    )
    for statement in _SQLITE if _on_sqlite() else _POSTGRESQL:
        op.execute(statement)
    op.create_table(
        "cases",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("created", sa.DateTime(), nullable=False),
        sa.Column("who", sa.String(200), nullable=False),
        sa.Column("title", sa.String(200), nullable=False),
        sa.Column("classes", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_cases"),
    )
    op.create_table(
        "case_cells",
        sa.Column("case_id", sa.String(32), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("image_sha256", sa.String(64), nullable=False),
        sa.Column("label", sa.String(200), nullable=False),
        sa.Column("answer", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name="fk_case_cells_case_id"),
        sa.PrimaryKeyConstraint("case_id", "place", name="pk_case_cells"),
    )
    op.create_table(
        "reviews",
        sa.Column("case_id", sa.String(32), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("decision", sa.String(16), nullable=False),
        sa.Column("reviewer", sa.String(200), nullable=False),
        sa.Column("label", sa.String(200), nullable=False),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.Column("time", sa.DateTime(), nullable=False),
        sa.Column("withdraws", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name="fk_reviews_case_id"),
        sa.PrimaryKeyConstraint("case_id", "number", name="pk_reviews"),
    )


def downgrade() -> None:
    """Drop the tables; their triggers go with them."""
    for table in ("reviews", "case_cells", "cases", "audit_log"):
        op.drop_table(table)
    if not _on_sqlite():
        op.execute("DROP FUNCTION audit_log_refuses()")


def _on_sqlite() -> bool:
    return op.get_bind().dialect.name == "sqlite"
