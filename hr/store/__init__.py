"""The HR database: how it is opened, its tables, its migrations."""

from hr.store.connections import engine, lock_box, lock_office, receiving, scrub, writing
from hr.store.schema import Forgetful, NewerDatabase, WrongOrder, upgrade

__all__ = [
    "Forgetful",
    "NewerDatabase",
    "WrongOrder",
    "engine",
    "lock_box",
    "lock_office",
    "receiving",
    "scrub",
    "upgrade",
    "writing",
]
