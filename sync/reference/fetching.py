"""The way of the reference data to the box: the manifest, and the pages of it that are not here yet."""

from __future__ import annotations

import logging

from sync.exchange.client import HrClient, Reply, Unreachable, understood
from sync.policy import Verdict, judge
from sync.reference.kept_pages import KeptPages, PageName
from sync.wire.reference_data import KINDS
from sync.wire.reference_pages import Manifest, name_of_page, rows_type

log = logging.getLogger(__name__)

MANIFESTS = 3
"""So often in a round HR may change what it says while its pages come; what came stays for the next round."""


class ReferenceFetch:
    """Asks HR for what has changed."""

    def __init__(self, client: HrClient, pages: KeptPages) -> None:
        self._client, self._pages = client, pages

    def run(self) -> Verdict:
        """DONE also when HR changes faster than its pages come. Raises Unreachable."""
        for _ in range(MANIFESTS):
            verdict = self._once()
            if verdict is not None:
                return verdict
        return Verdict.DONE

    def _once(self) -> Verdict | None:
        """None when a page is no longer HR's: the manifest has changed meanwhile."""
        version = self._pages.version()
        reply = self._client.send("GET", f"/v1/reference/{version}" if version else "/v1/reference", b"")
        if version and reply.status == 304 and reply.signed:
            return Verdict.DONE
        verdict = judge(reply.status, signed=reply.signed)
        if verdict is not Verdict.DONE:
            return verdict
        manifest = understood(reply.body, Manifest)
        unknown = [each.kind for each in manifest.kinds if each.must_know and each.kind not in KINDS]
        if unknown:
            raise Unreachable(f"HR tells of {unknown[0]!r}, which this release does not know: update this box")
        missing = self._pages.missing(manifest)
        for page in missing:
            reply = self._client.send("GET", "/v1/reference/{}/{}".format(*page), b"", takes_packed=True)
            if reply.status == 404 and reply.signed:
                return None
            verdict = judge(reply.status, signed=reply.signed)
            if verdict is not Verdict.DONE:
                return verdict
            self._pages.keep(page, _checked(page, reply))
        self._pages.show(manifest)
        log.info("reference data is now %s: %d pages were new", manifest.version, len(missing))
        return Verdict.DONE


def _checked(page: PageName, reply: Reply) -> bytes:
    kind, name = page
    if name_of_page(reply.body) != name:
        raise Unreachable(f"HR has signed another page than {kind}/{name}")
    understood(reply.body, rows_type(kind))
    return reply.body
