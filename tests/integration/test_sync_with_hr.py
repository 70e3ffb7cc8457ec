"""The sender against the real HR server: however batches are cut and answers lost, HR holds the journal."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from enum import StrEnum
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sync import worker as worker_module
from sync.exchange.client import HrClient, Reply, Unreachable
from sync.policy import Verdict
from sync.wire.envelope import fingerprint
from tests.contract.hr_servers import RealHr, real_hr
from tests.enrolling import introduce
from tests.integration.sending_box import KEY, close, make_box
from tests.unit.sync.made import DEVICE, chained


@pytest.fixture
def real(tmp_path: Path) -> Iterator[RealHr]:
    with real_hr(tmp_path) as server:
        yield server


def test_a_new_box_becomes_known_to_the_real_hr_and_everything_arrives(real: RealHr, tmp_path: Path):
    box = make_box(tmp_path, real.url, real.service.office.keys.signing)
    assert box.worker.round() is Verdict.UNKNOWN_BOX
    assert introduce(box.client, DEVICE, real.make_code(DEVICE)).status == 202
    assert box.worker.round() is Verdict.UNKNOWN_BOX
    real.accept(fingerprint(KEY.public_key()))
    assert box.worker.round() is Verdict.DONE
    assert real.held(DEVICE) == box.source.facts
    assert box.reader.directory().reference.rows() == real.service.editions.reference().rows()
    close(box)


class Loss(StrEnum):
    """What is lost after a batch."""

    NOTHING = "nothing"
    ANSWER = "answer"
    CURSOR = "cursor"


def answers_are_lost(client: HrClient) -> Callable[..., Reply]:
    def send(*arguments: Any, **numbers: Any) -> Reply:
        HrClient.send(client, *arguments, **numbers)
        raise Unreachable("lost on its way back")

    return send


@settings(max_examples=15, deadline=None)
@given(cuts=st.lists(st.tuples(st.integers(1, 9), st.sampled_from(Loss)), max_size=8))
def test_however_the_batches_are_cut_the_real_hr_holds_the_journal(cuts: list[tuple[int, Loss]]):
    with tempfile.TemporaryDirectory() as folder, real_hr(Path(folder)) as real:
        box = make_box(Path(folder), real.url, real.service.office.keys.signing)
        real.service.kiosks.enrol(DEVICE, KEY.public_key())
        real.accept(fingerprint(KEY.public_key()))
        for size, loss in cuts:
            with pytest.MonkeyPatch.context() as patched:
                patched.setattr(worker_module, "MAX_BATCH_FACTS", size)
                if loss is Loss.ANSWER:
                    patched.setattr(box.client, "send", answers_are_lost(box.client))
                box.worker.round()
            if loss is Loss.CURSOR:
                box.store.rewind(1)
            box.source.facts += chained(size, after=box.source.facts[-1])
        assert box.worker.round() is Verdict.DONE
        assert real.held(DEVICE) == box.source.facts
        close(box)
