"""Certificates on a machine that does not know what day it is: judged by HR's signed time in place of its own clock.

OpenSSL still checks chain, purpose and name; only its look at the dates is taken out, and made up for here before a
single byte of a request is sent. docs/decisions/0016 says why.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.exceptions import InvalidSignature

from sync.exchange.bounded import BoundedAdapter, Https, HttpsPool

NO_CHECK_TIME = 0x200000
"""X509_V_FLAG_NO_CHECK_TIME of OpenSSL (X509_VERIFY_PARAM_set_flags(3)), which Python's ssl has no name for."""

BELIEVED_S = 3600.0
"""Then this machine's own clock is tried first again: somebody may have set it."""

Check = Callable[[x509.Certificate], None]


class NotValidThen(ConnectionError):
    """The certificate is good for all but the day."""


class NotIssuedByIt(ConnectionError):
    """The certificate comes from the authority by a detour, whose dates nobody would look at."""


class DatedAdapter(BoundedAdapter):
    """For a requests session: `check` judges the server's certificate in the place of OpenSSL's look at the clock."""

    flags = NO_CHECK_TIME

    def __init__(self, check: Check) -> None:
        class Checked(Https):
            def connect(self) -> None:
                super().connect()
                try:
                    check(_told(self.sock))
                except BaseException:
                    self.close()
                    raise

        class CheckedPool(HttpsPool):
            ConnectionCls: Any = Checked

        self.https = CheckedPool
        super().__init__()


def _told(wire: Any) -> x509.Certificate:
    """The server's certificate, whose chain and name have been checked."""
    return x509.load_der_x509_certificate(wire.getpeercert(binary_form=True))


class SignedClock:
    """HR's time, as it was last signed, and the certificates by it. `authority`: the pinned one."""

    def __init__(self, authority: Path, monotonic_s: Callable[[], float] = time.monotonic) -> None:
        self._authority = x509.load_pem_x509_certificate(authority.read_bytes())
        self._monotonic_s = monotonic_s
        self._utc_us, self._at_s = 0, float("-inf")

    @property
    def is_fresh(self) -> bool:
        return self._monotonic_s() - self._at_s < BELIEVED_S

    def learn(self, server_time_us: int) -> None:
        """HR has signed it for a question of ours, just now."""
        self._utc_us, self._at_s = server_time_us, self._monotonic_s()

    def now(self) -> datetime:
        """A few seconds late at most: a certificate's day does not depend on them."""
        passed_us = int((self._monotonic_s() - self._at_s) * 1e6)
        return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=self._utc_us + passed_us)

    def demand_issuer(self, certificate: x509.Certificate) -> None:
        """NotIssuedByIt for one with others between it and the authority."""
        try:
            certificate.verify_directly_issued_by(self._authority)
        except (ValueError, TypeError, InvalidSignature) as error:
            raise NotIssuedByIt("the certificate is not from the authority itself; set this machine's clock") from error

    def demand_dates(self, certificate: x509.Certificate) -> None:
        """NotIssuedByIt, or NotValidThen when it or its authority is not valid at HR's own time."""
        self.demand_issuer(certificate)
        now = self.now()
        for each in (certificate, self._authority):
            if not each.not_valid_before_utc <= now <= each.not_valid_after_utc:
                day = now.date().isoformat()
                raise NotValidThen(f"the certificate is not valid on {day}, which is today by HR's signed time")
