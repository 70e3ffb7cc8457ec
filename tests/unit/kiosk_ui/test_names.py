"""Names on a result panel."""

import pytest

from kiosk_ui.names import SIZES, for_panel, width_em


@pytest.mark.parametrize(
    ("name", "language", "text", "size"),
    [
        ("张三丰", "zh", "张三丰", 0),
        ("Nguyễn Văn Hùng", "vi", "Nguyễn Văn Hùng", 0),
        ("Nguyễn Thị Phương Thảo", "vi", "Nguyễn Thị Phương Thảo", 1),
        ("Công Tằng Tôn Nữ Thị Phương Thảo An Nhiên", "vi", "C. T. T. N. T. P. T. A. Nhiên", 2),
        ("阿卜杜热合曼·买买提", "zh", "阿卜杜热合曼·买买提", 2),
        ("", "zh", "", 0),
    ],
)
def test_a_long_name_becomes_smaller_and_then_initials_but_is_never_cut(name, language, text, size):
    assert for_panel(name, language) == (text, size)


@pytest.mark.parametrize("language", SIZES)
def test_what_fits_really_fits(language):
    room_rem, sizes_rem = SIZES[language]
    for length in range(1, 12):
        fitted = for_panel("永" * length, language)
        assert width_em(fitted.text) * sizes_rem[fitted.size] <= room_rem
