"""The depth of a JSON text, told before a parser meets it."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omega_tui.protocol.json_depth import is_too_deep

VALUES = st.recursive(
    st.one_of(st.none(), st.text(alphabet='[]{}"\\a')),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.text(alphabet='[{"', max_size=2), inner)
    ),
    max_leaves=30,
)


def depth_of(value):
    match value:
        case list():
            return 1 + max(map(depth_of, value), default=0)
        case dict():
            return 1 + max(map(depth_of, value.values()), default=0)
        case _:
            return 0


@given(VALUES, st.integers(0, 4))
def test_it_is_the_depth_of_the_value(value, limit):
    assert is_too_deep(json.dumps(value), limit) == (depth_of(value) > limit)


@pytest.mark.parametrize("text", ["[" * 100_000, '{"a":' * 100_000, "[" * 33])
def test_what_would_exhaust_the_stack_is_found(text):
    assert is_too_deep(text)


def test_many_objects_beside_each_other_are_not_deep():
    assert not is_too_deep(json.dumps([{"a": []}] * 10_000))
