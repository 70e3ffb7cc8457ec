"""The HR database: how it is opened, its tables, its migrations."""

from hr.store import attendance_tables as attendance_tables
from hr.store import pay_tables as pay_tables
from hr.store import period_tables as period_tables
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
