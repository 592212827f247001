"""YAML of any kind is read as what it says, or refused in one way, and stands for no more than its limit."""

from contextlib import suppress

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from lit_sentiment.commands.bounded_yaml import MOST_VALUES, load_yaml

PLAIN = st.none() | st.booleans() | st.integers() | st.text()
VALUES = st.recursive(
    PLAIN, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4), max_leaves=12
)


@given(VALUES)
def test_plain_values_come_back(value):
    written = yaml.safe_dump(value, default_style='"', allow_unicode=True)
    assert load_yaml(written) == value


PIECES = ["a", ": ", "- ", "\n", " ", "{", "}", "[", "]", "&a ", "*a", "!!int ", "'", '"', "<<", "|", "? ", "%", ","]
PIECES += ["1", "0x", ".", "e9", "_", "2001-1-40"]


@given(st.lists(st.sampled_from(PIECES)).map("".join))
def test_any_text_is_read_or_refused_as_no_yaml(text):
    with suppress(yaml.YAMLError):
        load_yaml(text)


@given(st.lists(st.integers(1, 9), min_size=1, max_size=8))
def test_aliases_count_as_what_they_stand_for(repeats):
    levels = ["a0: &a0 [x]"]
    values = 2
    total = 1 + values
    for level, repeat in enumerate(repeats, start=1):
        levels.append(f"a{level}: &a{level} [{', '.join([f'*a{level - 1}'] * repeat)}]")
        values = 1 + repeat * values
        total += values
    if total > MOST_VALUES:
        with pytest.raises(yaml.YAMLError, match="expected at most"):
            load_yaml("\n".join(levels))
    else:
        assert len(load_yaml("\n".join(levels))) == len(levels)
