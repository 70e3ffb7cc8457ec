"""Every text of the pages in every language."""

from pathlib import Path

import pytest

import hr.web
from hr.fleet.rules import Trouble
from hr.ingest.aside import COMMAND_CODE, Action, Hurdle
from hr.web import fact_values, standing
from hr.web.standing import ACTIONS, HURDLES, MEANINGS, REASONS
from sync.wire.envelope import ClockState
from sync.wire.facts import KINDS, Outcome, Step
from tests.unit.pages.extraction import untranslated

ROOM = Path(hr.web.__file__).parent


@pytest.mark.parametrize("language", ["zh", "vi"])
def test_every_text_is_translated_and_no_translation_is_left_over(language):
    assert untranslated(ROOM, language) == []


def test_every_word_of_the_vocabulary_has_a_sentence():
    assert set(fact_values.OUTCOMES) == set(Outcome)
    assert set(fact_values.STEPS) == set(Step)
    assert set(fact_values.CLOCKS) == set(ClockState)
    assert set(fact_values.KINDS) == set(KINDS)
    codes = {"conflict", "bad_hash", "broken_chain", "unknown_kind", "bad_body", COMMAND_CODE}
    assert set(REASONS) == set(MEANINGS) == codes
    assert (set(HURDLES), set(ACTIONS), set(standing.TEXTS)) == (set(Hurdle), set(Action), set(Trouble))


def test_every_proof_of_the_plant_is_known_in_words(shown, desk):
    lines = shown.service.pay.lines("2026-11-01", "2026-11-30")
    texts = {text.split(": ")[-1] for line in lines for text, _, _ in line.proofs}
    assert texts <= set(fact_values.PROOFS)
