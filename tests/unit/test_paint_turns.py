"""What is traded on is painted at once, everything else in turn, and nothing is left out."""

from hypothesis import given
from hypothesis import strategies as st

from omega_tui.ui.widgets.paint_turns import PaintTurns


def first(widget):
    return widget in "LS"


def test_what_comes_first_is_painted_alone_and_the_rest_one_by_one():
    turns = PaintTurns(first)
    assert turns.take(set("LSa")) == set("LS")
    assert turns.take({"a"}) == {"a"}
    assert turns.take(set()) == set()


def test_who_waited_longest_is_next_though_others_change_again():
    turns = PaintTurns(first)
    turns.take({"L", "a"})
    turns.take({"L", "a", "b"})
    assert turns.take({"a", "b"}) == {"a"}
    assert turns.take({"a", "b"}) == {"b"}, "a has had its turn and waits anew"
    assert turns.take({"a"}) == {"a"}


@given(st.lists(st.sets(st.sampled_from("LSabcd")), max_size=20))
def test_everything_that_changed_is_painted_in_the_end(changes):
    turns = PaintTurns(first)
    dirty = set()
    for changed in changes:
        dirty |= changed
        now = turns.take(dirty)
        assert now <= dirty
        dirty -= now
    for _ in range(6):
        dirty -= turns.take(dirty)
    assert not dirty
