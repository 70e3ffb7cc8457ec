"""Which register counts the pieces, found from what a device held before, during and after them."""

from collections.abc import Callable, Mapping

import pytest

from edge.devices.modbus_counter.codec import Block
from edge.devices.modbus_counter.finder import (
    Again,
    Change,
    Finding,
    Growth,
    Look,
    Misfit,
    Place,
    Proven,
    Run,
    Unproven,
    concluded,
    differences,
    found,
    growth_of,
    judged,
    moved,
)
from edge.devices.modbus_counter.shelf import template
from edge.devices.modbus_counter.windows import LAST, MOST_AT_ONCE, halves, windows
from tests.unit.devices.test_modbus_counter import counter

Held = Mapping[tuple[int, int], int]

ONE_EACH = Growth(1, 1)


def run(device: Callable[[int, int], Held], made: int = 0, pieces: int = 10) -> Run:
    """`device` gives its registers by the pieces it has made and by the looks that were taken."""
    steps = [made] * 3 + [made + pieces * part // 4 for part in range(1, 4)] + [made + pieces] * 3
    looks = tuple(Look(tick, device(done, 100 * made + tick)) for tick, done in enumerate(steps))
    return Run(pieces, looks[:3], looks[3:6], looks[6:])


def words(value: int) -> tuple[int, int]:
    return value >> 16, value & 0xFFFF


def plc(done: int, tick: int) -> Held:
    """A count in two words, low one first; its mirror, high one first; a clock, an oven, and the shifts' own count."""
    high, low = words(65_000 + done)
    return {
        (3, 0): 7,
        (3, 1): low,
        (3, 2): high,
        (3, 3): 12_000 + tick,
        (3, 4): 180 + tick * 7 % 3,
        (3, 10): high,
        (3, 11): low,
        (3, 20): done // 3,
        (4, 1): 55,
    }


def lows(findings: list[Finding]) -> list[tuple[int, int]]:
    return [each.low for each in findings]


def test_the_count_and_its_mirror_are_found_and_neither_clock_nor_oven():
    assert lows(found([run(plc)])) == [(3, 1), (3, 11)]
    assert {why for _, why in moved([run(plc)])} == {Misfit.RESTLESS, Misfit.NOT_WHOLE}


def test_the_section_as_it_stands_is_proven_when_it_reads_the_count():
    assert judged(Place(3, 1, 2, "lo-first"), [run(plc)]) == ONE_EACH
    assert judged(Place(3, 10, 2, "hi-first"), [run(plc)]) == ONE_EACH


@pytest.mark.parametrize(
    ("place", "why"),
    [
        (Place(3, 1, 2, "hi-first"), Misfit.TOO_MANY),
        (Place(3, 0, 1), Misfit.STANDS),
        (Place(3, 3, 1), Misfit.RESTLESS),
        (Place(3, 20, 1), Misfit.NOT_WHOLE),
        (Place(3, 30, 1), Misfit.UNREAD),
        (Place(4, 1, 2), Misfit.UNREAD),
    ],
)
def test_a_number_that_is_not_the_count_is_refused_with_the_reason(place, why):
    assert judged(place, [run(plc)]) == why


def test_the_neighbour_that_the_low_word_runs_over_into_is_its_high_word():
    (mirror,) = (each for each in found([run(plc, made=530)]) if each.low == (3, 11))
    (finding,) = (each for each in found([run(plc, made=530)]) if each.low == (3, 1))
    assert finding.ways == (Place(3, 1, 2, "lo-first"),)
    assert mirror.ways == (Place(3, 10, 2, "hi-first"),)


def test_the_sections_own_registers_are_taken_and_only_the_order_is_changed():
    finding = found([run(plc)])[0]
    section = Place(3, 1, 2, "hi-first")
    assert finding.nearest(section, {"address", "words"}) == Place(3, 1, 2, "lo-first")
    assert differences(section, finding.nearest(section, {"address", "words"})) == {"word_order": "lo-first"}


def test_at_another_address_it_is_read_as_the_section_is_sure_of():
    finding = found([run(plc)])[1]
    section = Place(3, 100, 2, "hi-first")
    assert finding.nearest(section, {"words", "word_order"}) == Place(3, 10, 2, "hi-first")
    assert differences(section, Place(3, 10, 2, "hi-first")) == {"address": 10}


def test_where_nobody_knows_the_words_the_low_one_alone_counts_right():
    finding = found([run(plc)])[0]
    alone = finding.nearest(Place(3, 100, 2, "hi-first"), ())
    assert alone == Place(3, 1, 1)
    assert differences(Place(3, 100, 2), alone) == {"address": 1, "words": 1}
    assert differences(Place(3, 1, 1), Place(3, 1, 2, "hi-first")) == {"words": 2, "word_order": "hi-first"}


@pytest.mark.parametrize(
    ("counts", "pieces", "growth"),
    [
        (10, 10, Growth(1, 1)),
        (20, 10, Growth(2, 1)),
        (5, 10, Growth(1, 2)),
        (3, 12, Growth(1, 4)),
        (11, 10, Misfit.NOT_WHOLE),
        (9, 10, Misfit.NOT_WHOLE),
        (4, 10, Misfit.NOT_WHOLE),
        (0, 10, Misfit.STANDS),
        (1, 10, Misfit.TOO_FEW),
        (1, 1, Growth(1, 1)),
        (10 * 65_536, 10, Misfit.TOO_MANY),
        (10_000, 10, Growth(1000, 1)),
        (10_010, 10, Misfit.TOO_MANY),
    ],
)
def test_counts_are_a_whole_number_for_each_piece_or_one_for_a_whole_number_of_pieces(counts, pieces, growth):
    assert growth_of(counts, pieces) == growth
    if isinstance(growth, Growth):
        assert growth.counts(pieces) == counts


def test_another_ten_throw_out_what_grew_by_ten_by_chance():
    def seconds_while_it_runs(done: int, tick: int) -> Held:
        return {(3, 0): done, (3, 7): done if done <= 10 else 10 + (done - 10) * 2}

    first, second = run(seconds_while_it_runs), run(seconds_while_it_runs, made=10)
    assert lows(found([first])) == [(3, 0), (3, 7)]
    assert lows(found([first, second])) == [(3, 0)]
    assert judged(Place(3, 7, 1), [first, second]) == Misfit.CHANGED


@pytest.mark.parametrize("restless", [0, 8])
def test_a_register_that_moves_only_before_or_only_after_the_pieces_is_no_count(restless):
    def settling(done: int, tick: int) -> Held:
        return {(3, 0): done + (restless == tick)}

    assert judged(Place(3, 0, 1), [run(settling)]) == Misfit.RESTLESS


def test_a_number_that_goes_down_on_its_way_is_no_count():
    def wobbling(done: int, tick: int) -> Held:
        return {(3, 0): done, (3, 1): {4: 3, 5: 1}.get(tick, done)}

    assert judged(Place(3, 1, 1), [run(wobbling)]) == Misfit.BACKWARDS
    assert lows(found([run(wobbling)])) == [(3, 0)]


def test_a_count_that_ends_on_its_way_is_counted_once_more():
    assert judged(Place(3, 0, 1), [run(lambda done, _tick: {(3, 0): (65_530 + done) % 65_536})]) == Misfit.BACKWARDS


def test_a_register_that_answers_only_now_and_then_is_not_the_count():
    def dropping(done: int, tick: int) -> Held:
        return {(3, 0): done} if tick != 4 else {}

    assert found([run(dropping)]) == []


def test_it_looks_around_the_address_in_both_functions_and_last_at_the_counter_alone():
    plan = windows(counter(address=100, session_address=102))
    assert plan == [
        (3, Block(84, 32)),
        (3, Block(116, 32)),
        (4, Block(84, 32)),
        (4, Block(116, 32)),
        (3, Block(100, 3)),
    ]


def test_it_looks_where_the_areas_of_the_template_begin_too():
    plan = windows(counter(address=0), template("xinje-xd"))
    begins = {0xA080 - 16, 0x9000 - 16, 0xC080 - 16, 0xC480 - 16}
    assert begins <= {block.address for function, block in plan if function == 3}
    assert {block.address for function, block in plan if function == 4} == {0, 32}


@pytest.mark.parametrize("address", [0, 5, 40_000, 65_530, LAST - 1])
def test_no_window_leaves_the_register_space(address):
    plan = windows(counter(address=address))
    assert all(block.address >= 0 and block.address + block.count - 1 <= LAST for _, block in plan)
    assert all(block.count <= MOST_AT_ONCE for _, block in plan)
    assert any(block.address <= address < block.address + block.count for _, block in plan)


def test_a_refused_block_is_asked_for_in_halves_down_to_one_register():
    assert halves(Block(8, 5)) == [Block(8, 2), Block(10, 3)]
    assert halves(Block(8, 1)) == []


# --- what to do next ----------------------------------------------------------------------------------

KNOWN = {"words", "word_order"}
RIGHT, WRONG_ORDER, ELSEWHERE = Place(3, 1, 2, "lo-first"), Place(3, 1, 2, "hi-first"), Place(3, 60, 2, "lo-first")


def alone(done: int, tick: int) -> Held:
    return {key: word for key, word in plc(done, tick).items() if key[1] < 10}


def test_a_section_that_is_right_where_nothing_else_fits_is_proven_at_once():
    assert concluded(RIGHT, 1, KNOWN, [run(alone)]) == Proven(ONE_EACH, ())


def test_where_something_else_fits_more_pieces_are_asked_for_and_what_still_fits_is_told():
    assert isinstance(concluded(RIGHT, 1, KNOWN, [run(plc)]), Again)
    verdict = concluded(RIGHT, 1, KNOWN, [run(plc), run(plc, made=10)])
    assert isinstance(verdict, Proven)
    assert lows(list(verdict.others)) == [(3, 11)]


def test_the_same_registers_in_the_other_function_are_no_other_counter():
    def both(done: int, tick: int) -> Held:
        held = alone(done, tick)
        inputs = {(4, address): word for (function, address), word in held.items() if function == 3}
        return {**held, **inputs}

    assert concluded(RIGHT, 1, KNOWN, [run(both)]) == Proven(ONE_EACH, ())
    inputs = Place(4, 1, 2, "lo-first")
    assert concluded(inputs, 1, KNOWN, [run(both)]) == Proven(ONE_EACH, ())


def test_a_wrong_order_is_told_at_once():
    verdict = concluded(WRONG_ORDER, 1, {"words"}, [run(alone)])
    assert isinstance(verdict, Change)
    assert verdict.keys == {"word_order": "lo-first"}


def test_another_register_is_told_only_when_it_fits_twice():
    assert isinstance(concluded(ELSEWHERE, 1, KNOWN, [run(alone)]), Again)
    verdict = concluded(ELSEWHERE, 1, KNOWN, [run(alone), run(alone, made=10)])
    assert isinstance(verdict, Change)
    assert verdict.keys == {"address": 1}


def test_where_several_fit_to_the_end_nobody_guesses():
    runs = [run(plc), run(plc, made=10), run(plc, made=20)]
    assert isinstance(concluded(ELSEWHERE, 1, KNOWN, runs[:2]), Again)
    assert isinstance(concluded(ELSEWHERE, 1, KNOWN, runs), Unproven)
    near = concluded(WRONG_ORDER, 1, {"words"}, runs[:2])
    assert isinstance(near, Change), "one of them lies in the section's own registers"


def test_counts_for_a_piece_must_be_what_the_section_says():
    def twice(done: int, tick: int) -> Held:
        return {(3, 1): done * 2, (3, 2): 0}

    verdict = concluded(RIGHT, 1, KNOWN, [run(twice)])
    assert isinstance(verdict, Change)
    assert verdict.keys == {"counts_per_piece": 2}
    assert concluded(RIGHT, 2, KNOWN, [run(twice)]) == Proven(Growth(2, 1), ())
    back = concluded(RIGHT, 2, KNOWN, [run(alone)])
    assert isinstance(back, Change)
    assert back.keys == {"counts_per_piece": 1}


def test_pieces_that_nothing_counts_are_run_three_times_and_no_more():
    def still(done: int, tick: int) -> Held:
        return {(3, 1): 5}

    runs = [run(still, made=10 * each) for each in range(3)]
    assert [type(concluded(RIGHT, 1, KNOWN, runs[: each + 1])) for each in range(3)] == [Again, Again, Unproven]
