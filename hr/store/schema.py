"""Bringing the HR database to this release's schema."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine

from hr.store.connections import writing
from settings import Mendable

MIGRATIONS = Path(__file__).parent / "migrations"


class NewerDatabase(Mendable):
    """The database was written by a newer release; this one would not understand it."""


def upgrade(engine: Engine) -> None:
    """Runs the missing migrations in one transaction. NewerDatabase when there is nothing this release knows."""
    with writing(engine).begin() as connection:
        _refuse_newer(connection)
        command.upgrade(alembic_config(connection), "head")


def alembic_config(connection: Connection) -> Config:
    """What Alembic needs to run these migrations inside the transaction of this connection."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config


def _refuse_newer(connection: Connection) -> None:
    found = MigrationContext.configure(connection).get_current_revision()
    known = {each.revision for each in ScriptDirectory(str(MIGRATIONS)).walk_revisions()}
    if found is not None and found not in known:
        raise NewerDatabase(
            f"the HR database has schema {found}, this release knows up to {max(known)}: "
            "install the newer Clockpiece again, or restore the backup made before it"
        )
