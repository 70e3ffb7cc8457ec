"""Bringing the HR database to this release's schema."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine

from hr.store.connections import POSTGRESQL, writing
from settings import Mendable

MIGRATIONS = Path(__file__).parent / "migrations"


class NewerDatabase(Mendable):
    """The database was written by a newer release; this one would not understand it."""


class WrongOrder(Mendable):
    """The PostgreSQL database sorts or stores text otherwise than HR counts on."""


class Forgetful(Mendable):
    """The PostgreSQL server may lose what it has committed, and a receipt would promise what nobody keeps."""


def upgrade(engine: Engine) -> None:
    """Runs the missing migrations in one transaction. NewerDatabase when there is nothing this release knows; for
    PostgreSQL WrongOrder, when it has another encoding or collation, or Forgetful."""
    with writing(engine).begin() as connection:
        if connection.dialect.name == POSTGRESQL:
            _demand_order(connection)
            _demand_durability(connection)
        _refuse_newer(connection)
        command.upgrade(alembic_config(connection), "head")


def alembic_config(connection: Connection) -> Config:
    """What Alembic needs to run these migrations inside the transaction of this connection."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config


def _demand_order(connection: Connection) -> None:
    # By what it does and not by its name: the providers of collations (libc, ICU, built in) name them differently.
    # A collation of a language changes with the system's libraries, and with it silently the order in every index.
    query = "SELECT 'Z' < 'a' AND 'a-c' < 'ab', current_setting('server_encoding')"
    by_code_point, encoding = connection.exec_driver_sql(query).one()
    if not by_code_point or encoding != "UTF8":
        raise WrongOrder(
            "the PostgreSQL database must be in UTF-8 and sort by code point: make it anew with "
            "CREATE DATABASE hr TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C'"
        )


def _demand_durability(connection: Connection) -> None:
    for setting in ("fsync", "synchronous_commit"):
        if connection.exec_driver_sql(f"SELECT current_setting('{setting}')").scalar_one() == "off":
            raise Forgetful(
                f"PostgreSQL runs with {setting} = off and would lose receipted facts with the power: "
                "put it to on in postgresql.conf"
            )


def _refuse_newer(connection: Connection) -> None:
    found = MigrationContext.configure(connection).get_current_revision()
    known = {each.revision for each in ScriptDirectory(str(MIGRATIONS)).walk_revisions()}
    if found is not None and found not in known:
        raise NewerDatabase(
            f"the HR database has schema {found}, this release knows up to {max(known)}: "
            "install the newer Clockpiece again, or restore the backup made before it"
        )
