"""Which registers are read in one request."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.devices.modbus_counter.blocks import MOST_REGISTERS, WIDEST_GAP, Wanted, merged
from edge.devices.modbus_counter.codec import Block
from edge.devices.modbus_counter.shelf import area_without_holes


def wanted(*blocks: tuple[int, int], area: str | None = "registers") -> list[Wanted]:
    return [Wanted(Block(*each), area) for each in blocks]


@pytest.mark.parametrize(
    ("asked", "blocks"),
    [
        pytest.param(wanted((0, 2), (2, 2), (4, 2)), [Block(0, 6)], id="one beside the other"),
        pytest.param(wanted((4, 2), (0, 2), (2, 2)), [Block(0, 6)], id="in any order"),
        pytest.param(wanted((0, 2), (0, 2)), [Block(0, 2)], id="the same"),
        pytest.param(wanted((0, 6), (2, 2), (6, 2)), [Block(0, 8)], id="one within another"),
        pytest.param(wanted((0, 2), (2 + WIDEST_GAP, 2)), [Block(0, 4 + WIDEST_GAP)], id="a gap"),
        pytest.param(wanted((0, 2), (3 + WIDEST_GAP, 2)), [Block(0, 2), Block(13, 2)], id="too wide a gap"),
        pytest.param(wanted((0, 2), (3, 2), area=None), [Block(0, 2), Block(3, 2)], id="perhaps a hole"),
        pytest.param(wanted((0, 2), (2, 2), area=None), [Block(0, 4)], id="no hole between"),
        pytest.param(
            [*wanted((0, 2), area="C"), *wanted((3, 2), area="D")], [Block(0, 2), Block(3, 2)], id="two areas"
        ),
        pytest.param(wanted(*((2 * at, 2) for at in range(63))), [Block(0, 124), Block(124, 2)], id="too many"),
    ],
)
def test_what_lies_together_is_read_together(asked, blocks):
    assert merged(asked) == blocks


@settings(max_examples=50)
@given(
    st.lists(
        st.builds(Wanted, st.builds(Block, st.integers(0, 400), st.integers(1, 3)), st.sampled_from([None, "a", "b"])),
        min_size=1,
        max_size=60,
    )
)
def test_each_part_is_whole_in_one_block_and_no_block_is_too_long(parts):
    blocks = merged(parts)
    assert all(each.count <= MOST_REGISTERS for each in blocks)
    for part in parts:
        assert any(block.address <= part.block.address and part.block.end <= block.end for block in blocks)


@pytest.mark.parametrize(
    ("template", "register", "area"),
    [
        ("adam-6051w", "CH3", "adam-6051w CH0"),
        ("delta-dvp-es2", "D5000", "delta-dvp-es2 D4096"),
        ("adam-6051w", None, None),
    ],
)
def test_a_template_says_where_there_is_no_hole(template, register, area):
    assert area_without_holes(template, register) == area
