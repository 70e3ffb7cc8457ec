"""Who may open the supervisor's pages: number and PIN, a delay that doubles, a session that ends when idle.

Kept in memory: a restart logs everybody out and forgets delays, and nothing about PINs is ever written to disk.
"""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable

import msgspec
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from pages.throttle import Steepness, Throttle
from sync.wire.reference_data import Directory, Person, Role

STEEPNESS = Steepness(free_failures=0, first_s=2.0, cap_s=900.0)
IDLE_S = 600.0
MAX_SESSIONS = 100

# A verifier nobody's PIN matches: an unknown number must take as long as a wrong PIN.
NOBODY = "$argon2id$v=19$m=65536,t=3,p=4$E7BuRVuFTYjhhGA/8nrDmQ$2BES9yplA0+Ntcwkm+9Sxo1frxsQZFZ8b9OrQRH7K4c"


class Session(msgspec.Struct):
    person: str
    seen_s: float


class Refused(msgspec.Struct, frozen=True):
    """`wait_s`: seconds before another try is looked at. Says nothing about which part was wrong."""

    wait_s: float


class Gate:
    """Log-in and sessions. `monotonic` gives machine time. Safe to call from several threads."""

    def __init__(self, directory: Callable[[], Directory], monotonic: Callable[[], float]) -> None:
        self._directory, self._monotonic = directory, monotonic
        self._throttle = Throttle(STEEPNESS, monotonic)
        self._sessions: dict[str, Session] = {}
        self._hasher = PasswordHasher()
        # One verification at a time: each takes 64 MB, and a row of them must not starve the screens.
        self._lock = threading.Lock()

    def log_in(self, number: str, pin: str, client: str) -> str | Refused:
        """The token of a new session."""
        keys = (f"number {number[:40]}", f"client {client}")
        with self._lock:
            wait_s = self._throttle.wait_s(keys)
            if wait_s > 0:
                return Refused(wait_s)
            person = self._directory().person_by_number(number)
            if not self._fits(person, pin) or person is None:
                self._throttle.failed(keys)
                return Refused(self._throttle.wait_s(keys))
            # The client too: a tablet is shared, and one man's slips must not slow the next.
            for key in keys:
                self._throttle.succeeded(key)
            return self._open(person)

    def _fits(self, person: Person | None, pin: str) -> bool:
        supervisor = person is not None and person.role is Role.SUPERVISOR and bool(person.pin)
        verifier = person.pin if person and supervisor and person.pin else NOBODY
        try:
            return self._hasher.verify(verifier, pin) and supervisor
        except (VerificationError, InvalidHashError):
            return False

    def _open(self, person: Person) -> str:
        token = secrets.token_urlsafe(24)
        self._sessions[token] = Session(person.id, self._monotonic())
        while len(self._sessions) > MAX_SESSIONS:
            self._sessions.pop(next(iter(self._sessions)))
        return token

    def who(self, token: str, *, touch: bool = True) -> Person | None:
        """The supervisor of a session; None when it is unknown, has been idle, or the person is one no longer.

        A page that refreshes itself does not `touch`: only a person's own doing keeps a session open.
        """
        with self._lock:
            session, now_s = self._sessions.get(token), self._monotonic()
            if session is None or now_s - session.seen_s >= IDLE_S:
                self._sessions.pop(token, None)
                return None
            if touch:
                session.seen_s = now_s
        person = self._directory().person(session.person)
        return person if person and person.role is Role.SUPERVISOR else None

    def log_out(self, token: str) -> None:
        with self._lock:
            self._sessions.pop(token, None)
