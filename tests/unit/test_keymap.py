"""The table of keys: no conflicts, nothing that a terminal cannot deliver, everything in the help."""

import pytest
from msgspec import structs

from omega_tui.errors import ConfigError
from omega_tui.ui.keys.key_names import named, written
from omega_tui.ui.keys.keymap import Bind, Context, Group, Keymap
from omega_tui.ui.keys.keymap_presets import shipped
from omega_tui.ui.keys.keymap_table import TABLE
from omega_tui.ui.panes.help_pane import footer_line, help_rows

ALL = shipped("verb", market_orders=True)


def texts(lines):
    return ["".join(piece.text for piece in line) for line in lines]


def test_the_table_has_no_conflict_and_unique_ids():
    assert len({bind.id for bind in ALL.binds}) == len(ALL.binds) == len(TABLE)


def test_a_second_meaning_for_a_key_is_an_error_that_names_both():
    extra = Bind("mine", ("b",), Context.TRADE, Group.ORDER, "something else")
    with pytest.raises(ConfigError, match=r"mine: found b, which is order\.buy"):
        Keymap((*TABLE, extra))


@pytest.mark.parametrize(
    ("context", "key"),
    [
        (Context.SCREEN, "b"),
        (Context.ANY, "j"),
        (Context.REPLAY, "c"),
        (Context.LIST, "g"),
        (Context.TRADE, "f9"),
    ],
)
def test_contexts_that_are_heard_together_share_one_name_space(context, key):
    with pytest.raises(ConfigError):
        Keymap((*TABLE, Bind("mine", (key,), context, Group.ORDER, "something else")))


def test_the_object_of_a_verb_may_reuse_a_key():
    assert ALL.find("x", Context.TRADE) == "cancel.verb"
    assert ALL.find("x", Context.OBJECT_ORDER) == "order.cross"
    assert ALL.find("c", Context.OBJECT_CANCEL) == "cancel.cursor"
    assert ALL.find("c", Context.TRADE) == "view.market"


def test_doubled_verbs_are_never_bound():
    """`bb`, `ss`, `xx`, `ff`: auto-repeat of one key can never be an order (ladder, section 5)."""
    assert ALL.find("b", Context.OBJECT_ORDER) == ""
    assert ALL.find("s", Context.OBJECT_ORDER) == ""
    assert ALL.find("x", Context.OBJECT_CANCEL) == ""
    assert ALL.find("f", Context.OBJECT_FLATTEN) == ""
    assert ALL.find("A", Context.OBJECT_ARM) == ""


@pytest.mark.parametrize("key", ["ctrl+left", "ctrl+j", "alt+b", "ctrl+s"])
def test_keys_that_terminals_make_of_others_cannot_be_bound(key):
    """Escape and then `b` arrives as ctrl+left: nothing may hang on it (ladder, section 10, item 10)."""
    assert all(key not in bind.keys for bind in TABLE)
    with pytest.raises(ConfigError):
        Keymap((structs.replace(TABLE[0], keys=(key,)),))


@pytest.mark.parametrize("key", ["delete", "f7", "f8", "f9", "up", "down", "pageup", "pagedown", "enter"])
def test_risk_can_be_reduced_without_a_single_latin_letter(key):
    assert ALL.find(key, Context.ANY, Context.TRADE)


def test_the_market_key_is_there_only_when_the_configuration_allows_it():
    assert shipped("verb").find("m", Context.OBJECT_ORDER) == ""
    assert ALL.find("m", Context.OBJECT_ORDER) == "order.market"


@pytest.mark.parametrize("width", [80, 120, 200])
def test_every_binding_is_in_the_help(width):
    shown = " ".join(" ".join(texts(help_rows(ALL, width, is_replay=True))).split())
    for bind in ALL.binds:
        for word in bind.tooltip.split() if bind.keys else ():
            assert word in shown
    assert all(len(line) == width for line in texts(help_rows(ALL, width, is_replay=True)))


def test_a_keymap_file_moves_a_binding_and_finds_conflicts():
    moved = ALL.rebound({"view.market": ("w",)})
    assert moved.find("w", Context.TRADE) == "view.market"
    assert moved.find("c", Context.TRADE) == ""
    with pytest.raises(ConfigError, match=r"b, which is order\.buy .* another key for order\.buy too"):
        ALL.rebound({"view.market": ("b",)})
    with pytest.raises(ConfigError, match="unknown binding"):
        ALL.rebound({"no.such": ("b",)})


def test_the_footer_shows_whole_hints_only():
    for width in range(20, 130):
        (text,) = texts([footer_line(ALL, (Context.ANY, Context.SCREEN, Context.TRADE), width)])
        assert len(text) == width
        assert "b/s order" in text


@pytest.mark.parametrize(
    ("key", "name"),
    [
        ("f8", "F8"),
        ("plus", "+"),
        ("shift+right", "shift+→"),
        ("A", "A"),
        ("enter", "Enter"),
        ("ctrl+q", "ctrl+q"),
        ("pound_sign", "£"),
    ],
)
def test_keys_have_names_for_people(key, name):
    assert written(key) == name
    assert named(name) == key
