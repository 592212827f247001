"""Where windows lie."""

import pytest

from lit_sentiment.errors import InputError
from lit_sentiment.keras_semantics.windows import Windows, one_size


@pytest.mark.parametrize(
    ("padding", "width", "stride", "length", "added", "count"),
    [
        ("valid", 3, 1, 7, (0, 0), 5),
        ("valid", 3, 2, 8, (0, 0), 3),
        ("same", 3, 1, 7, (1, 1), 7),
        ("same", 4, 1, 7, (1, 2), 7),
        ("same", 2, 3, 7, (0, 1), 3),
        ("same", 2, 5, 8, (0, 0), 2),
        ("causal", 4, 1, 7, (3, 0), 7),
        ("causal", 4, 3, 7, (3, 0), 3),
    ],
)
def test_steps_are_added_where_keras_adds_them(padding, width, stride, length, added, count):
    windows = Windows(width, stride, padding)
    assert windows.added(length) == added
    assert windows.count(length) == count
    assert windows.output_shape((length, 2), 5) == (count, 5)
    assert windows.output_shape((None, 2), 5) == (None, 5)


def test_no_window_is_refused():
    with pytest.raises(InputError, match=r"^expected inputs of at least 5 steps, the width of a window, found 4"):
        Windows(5, 1, "valid").count(4)
    assert Windows(5, 1, "same").count(4) == 4


def test_size_may_be_a_list_of_one():
    assert one_size("strides", [3]) == one_size("strides", (3,)) == one_size("strides", 3) == (3,)
