"""Alembic migrations of the database; `core.database.opened` runs them."""
