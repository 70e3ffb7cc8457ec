"""The HR database: how it is opened, its tables, its migrations."""

from hr.store.connections import engine, scrub, writing
from hr.store.schema import NewerDatabase, upgrade

__all__ = ["NewerDatabase", "engine", "scrub", "upgrade", "writing"]
