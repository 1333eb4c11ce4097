"""The shipped keymaps, each as a whole, and the keymap file with every mistake that can be in it."""

import re
from pathlib import Path

import pytest
from textual._xterm_parser import XTermParser
from textual.events import Key

from omega_tui.config.loading import load_config
from omega_tui.config.model import OmegaConfig
from omega_tui.config.screen import UiConfig
from omega_tui.errors import ConfigError
from omega_tui.ui.keys.key_names import ALTGR, WRITTEN, named, written
from omega_tui.ui.keys.keymap import Context
from omega_tui.ui.keys.keymap_file import FILE_NAME, keymap_path, load_keymap, written_file
from omega_tui.ui.keys.keymap_presets import PRESETS, check_confirm, shipped
from omega_tui.ui.keys.keymap_table import TABLE
from omega_tui.ui.panes.help_pane import footer_line, help_rows, what_orders

ALL = {name: shipped(name, market_orders=True) for name in PRESETS}
TRADING_CONTEXTS = (Context.ANY, Context.SCREEN, Context.TRADE)
LETTERLESS = (
    "panic.cancel_market", "panic.kill", "panic.flatten", "order.buy", "order.sell", "order.cursor",
    "order.join", "order.improve", "order.cross", "order.stop", "cancel.verb", "cancel.cursor",
    "cancel.market", "cancel.all", "cancel.here", "flatten.all", "flatten.half", "confirm.send",
    "amend.up", "amend.down", "grab.pick", "grab.drop", "grab.abort", "arm.verb", "arm.confirm",
    "size.up", "size.position", "cursor.up", "cursor.down", "view.market", "go.verb", "go.trade",
    "go.markets", "command", "find", "help",
)  # fmt: skip


def texts(lines):
    return ["".join(piece.text for piece in line) for line in lines]


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_names_only_bindings_that_there_are(name):
    known = {bind.id for bind in TABLE}
    assert set(PRESETS[name].keys) <= known


@pytest.mark.parametrize("name", PRESETS)
@pytest.mark.parametrize("width", [80, 120, 200])
def test_every_binding_of_every_preset_is_in_the_help_with_every_key(name, width):
    lines = texts(help_rows(ALL[name], width, is_replay=True))
    assert all(len(line) == width for line in lines)
    shown = " ".join(" ".join(lines).split())
    for bind in ALL[name].binds:
        if not bind.keys:
            continue
        assert all(word in shown for word in bind.tooltip.split()), bind.id
        keys = ["1-9"] if len(bind.keys) == 9 else [written(key) for key in bind.keys]
        assert all(f" {key} " in f" {shown} " for key in keys), bind.id


@pytest.mark.parametrize("name", PRESETS)
def test_the_hint_of_a_preset_names_its_own_keys_and_fits_a_small_terminal(name):
    hint = ALL[name].said(what_orders(ALL[name]))
    assert len(hint) <= 78
    own = (
        ["quick.buy_join", "quick.sell_cross"]
        if name in {"onekey", "numpad"}
        else ["order.buy", "order.join"]
    )
    assert all(ALL[name].key_of(each) in hint for each in [*own, "cancel.verb"])
    assert not re.search(r"[a-z]+\.[a-z]", hint)


def test_what_follows_the_verb_that_flattens_stands_below_it_where_that_verb_is_the_panic_key():
    lines = [" ".join(line.split()) for line in texts(help_rows(ALL["arrows"], 80, is_replay=False))]
    assert lines[lines.index("Enter … the whole position") - 1] == "F7 FLATTEN …"
    assert sum("FLATTEN …" in line for line in texts(help_rows(ALL["verb"], 80, is_replay=False))) == 1


@pytest.mark.parametrize("name", PRESETS)
def test_no_double_is_an_order_and_nothing_critical_needs_altgr(name):
    keymap = ALL[name]
    for verb, context in (
        ("order.buy", Context.OBJECT_ORDER),
        ("order.sell", Context.OBJECT_ORDER),
        ("cancel.verb", Context.OBJECT_CANCEL),
        ("flatten.verb", Context.OBJECT_FLATTEN),
        ("panic.flatten", Context.OBJECT_FLATTEN),
        ("arm.verb", Context.OBJECT_ARM),
    ):
        assert all(keymap.find(key, context) == "" for key in keymap.bind(verb).keys), verb
    for bind in keymap.binds:
        if bind.trades:
            assert not any(WRITTEN.get(key, key) in ALTGR for key in bind.keys), bind.id


@pytest.mark.parametrize("name", PRESETS)
@pytest.mark.parametrize("action", ["panic.cancel_market", "panic.kill", "panic.flatten", "cancel.here"])
def test_risk_can_be_reduced_on_any_layout(name, action):
    keys = ALL[name].bind(action).keys
    assert any(len(key) > 1 for key in keys)
    assert all(ALL[name].find(key, *TRADING_CONTEXTS) == action for key in keys)


@pytest.mark.parametrize("name", PRESETS)
def test_the_footer_fits_and_names_the_verbs_of_the_preset(name):
    keymap = ALL[name]
    for width in (60, 80, 120):
        (text,) = texts([footer_line(keymap, TRADING_CONTEXTS, width)])
        assert len(text) == width
        assert f"{keymap.key_of('order.buy')}/{keymap.key_of('order.sell')} order" in text


def test_onekey_as_a_whole():
    keymap = ALL["onekey"]
    assert {key: keymap.find(key, Context.TRADE) for key in "weroiu"} == {
        "w": "quick.buy_join",
        "e": "quick.buy_improve",
        "r": "quick.buy_cross",
        "o": "quick.sell_join",
        "i": "quick.sell_improve",
        "u": "quick.sell_cross",
    }
    assert keymap.find("b", Context.TRADE) == "order.buy", "the verbs are there all the same"
    assert keymap.find("R", Context.TRADE) == "flag.reduce_only"
    with pytest.raises(ConfigError, match=r'ui\.confirm = "none"'):
        check_confirm(keymap, UiConfig())
    check_confirm(keymap, UiConfig(confirm="none"))
    check_confirm(ALL["verb"], OmegaConfig().ui)


def test_numpad_as_a_whole():
    keymap = ALL["numpad"]
    digits = {key: keymap.find(key, Context.TRADE) for key in "7946138250"}
    assert digits == {
        "7": "quick.buy_join",
        "9": "quick.sell_join",
        "4": "quick.buy_improve",
        "6": "quick.sell_improve",
        "1": "quick.buy_cross",
        "3": "quick.sell_cross",
        "8": "cursor.up",
        "2": "cursor.down",
        "5": "view.market",
        "0": "cancel.here",
    }
    for key, action in (
        ("full_stop", "cancel.market_now"),
        ("decimal", "cancel.market_now"),
        ("add", "size.up"),
        ("plus", "size.up"),
        ("subtract", "size.down"),
        ("minus", "size.down"),
        ("enter", "confirm.send"),
    ):
        assert keymap.find(key, Context.TRADE) == action
    assert keymap.bind("size.preset").keys == ()


def test_arrows_needs_no_letter_for_anything():
    keymap = ALL["arrows"]
    for bind_id in LETTERLESS:
        keys = keymap.bind(bind_id).keys
        assert any(len(key) > 1 or key.isdigit() for key in keys), bind_id
    letters = [
        (bind.id, key)
        for bind in keymap.binds
        if bind.trades
        for key in bind.keys
        if len(key) == 1 and key.isalpha()
    ]
    assert letters == []


XTERM = {
    "shift+f2": "\x1b[1;2Q",
    "shift+f3": "\x1b[1;2R",
    "shift+f4": "\x1b[1;2S",
    "shift+f5": "\x1b[15;2~",
    "shift+f6": "\x1b[17;2~",
    "shift+f7": "\x1b[18;2~",
    "shift+f8": "\x1b[19;2~",
    "shift+f9": "\x1b[20;2~",
}
"""What xterm and tmux send; shift+F3 is the answer to the question where the cursor is."""


def test_the_first_key_of_each_binding_of_arrows_is_read_as_it_is_sent():
    for bind in shipped("arrows").binds:
        sent = XTERM.get(bind.keys[0]) if bind.keys else None
        if sent is not None:
            read = [event.key for event in XTermParser().feed(sent) if isinstance(event, Key)]
            assert read == [bind.keys[0]], bind.id


def test_das_puts_hotkeys_behind_a_comma_and_leaves_the_verbs():
    keymap = ALL["das"]
    assert keymap.find("comma", Context.TRADE) == "alias.verb"
    lines = {bind.keys[0]: bind.line for bind in keymap.in_context(Context.OBJECT_ALIAS)}
    assert lines["B"] == "buy $size @ $bid"
    assert lines["h"] == "close 50%"
    assert {bind.id for bind in ALL["verb"].binds} < {bind.id for bind in keymap.binds}


def test_sentences_name_the_keys_of_the_preset():
    text = "disarmed; {arm.verb} then {arm.confirm} arms; {find} finds one {no.such}"
    assert ALL["verb"].said(text) == "disarmed; A then Enter arms; / finds one no.such"
    assert ALL["arrows"].said(text).startswith("disarmed; F10 then Enter arms")


def test_every_key_in_a_sentence_of_the_screen_is_that_of_a_binding():
    """No sentence names a key by itself, which on another keymap would be wrong."""
    folder = Path(__file__).resolve().parents[2] / "omega_tui" / "ui"
    named = set()
    for path in (
        *(folder / "orders").glob("*.py"),
        *folder.glob("*/order_*.py"),
        folder / "console" / "engine.py",
        folder / "screens" / "base.py",
    ):
        named |= set(re.findall(r"\{([a-z]+\.[a-z_]+)\}", path.read_text(encoding="utf-8")))
    ids = {bind.id for bind in TABLE}
    values = {"arm.venue"}  # what an f-string fills in
    kinds = {one.split(".")[0] for one in ids}
    assert {name for name in named if name.split(".")[0] in kinds} <= ids | values
    assert "arm.verb" in named


def test_presets_have_different_fingerprints_and_keep_their_own():
    assert len({keymap.fingerprint for keymap in ALL.values()}) == len(ALL)
    assert shipped("verb").fingerprint == shipped("verb").fingerprint
    assert shipped("verb").rebound({"view.market": ("W",)}).fingerprint != shipped("verb").fingerprint


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("+", "plus"),
        ("PgUp", "pageup"),
        ("pgup", "pageup"),
        ("F8", "f8"),
        ("shift+Up", "shift+up"),
        ("shift+↑", "shift+up"),
        ("Ctrl+w", "ctrl+w"),
        ("A", "A"),
        ("a", "a"),
        ("Space", "space"),
        ("KP+", "add"),
        ("plus", "plus"),
    ],
)
def test_a_key_may_be_written_as_people_do(text, key):
    assert named(text) == key


# ---------------------------------------------------------------------------- the file


@pytest.fixture
def write(tmp_path):
    path = tmp_path / FILE_NAME

    def write(text):
        path.write_text(text, encoding="utf-8")
        return path

    return write


def test_a_file_puts_bindings_on_other_keys_and_commands_on_keys(write):
    path = write(
        '# mine\npreset = "numpad"\n[keys]\n"view.market" = ["W", "F5"]\nflag.post_only = "ctrl+o"\n'
        '"market.next" = []\n"command.half" = "Q"\n'
    )
    keymap = load_keymap(path, commands={"half": "close 50%"})
    assert keymap.preset == "numpad"
    assert keymap.find("W", Context.TRADE) == keymap.find("f5", Context.TRADE) == "view.market"
    assert keymap.find("c", Context.TRADE) == ""
    assert keymap.find("ctrl+o", Context.TRADE) == "flag.post_only"
    assert keymap.find("n", Context.TRADE) == ""
    assert keymap.find("Q", Context.TRADE) == "command.half"
    assert keymap.bind("command.half").line == "close 50%"
    assert "runs :close 50%" in " ".join(texts(help_rows(keymap, 120, is_replay=False)))


def test_without_a_file_the_configured_preset_is_in_force():
    assert load_keymap(None, preset="arrows").preset == "arrows"


@pytest.mark.parametrize(
    ("text", "line", "key", "found", "allowed"),
    [
        ("preset = 1", 1, "preset", "1", "verb or onekey"),
        ('preset = "vi"', 1, "preset", "'vi'", "numpad"),
        ("presets = 1", 1, "presets", "an unknown key", "preset and the table"),
        ("keys = 3", 1, "keys", "3", "a table"),
        ('[keys]\n"order.by" = "b"', 2, "order.by", "an unknown binding", "did you mean 'order.buy'?"),
        ('[keys]\n"order.buy" = 7', 2, "order.buy", "7", "a key, as w"),
        ('[keys]\n"order.buy" = ""', 2, "order.buy", "an empty text", "a key, as w"),
        ('[keys]\n"order.buy" = [["b"]]', 2, "order.buy", "a list of 1", "a key, as w"),
        ('[keys]\n"order.buy" = ["b", "b"]', 2, "order.buy", "b twice", "each key once"),
        ('[keys]\n"order.buy" = "Entr"', 2, "order.buy", "no terminal delivers", "a key, as w"),
        (
            '[keys]\n"order.buy" = "k"',
            2,
            "order.buy",
            "k, which is cursor.up",
            "a key that means nothing else there",
        ),
        ('[keys]\n"view.market" = "alt+c"', 2, "view.market", "arrives as another key", "deliver"),
        ('[keys]\n"confirm.send" = "shift+enter"', 2, "confirm.send", "does not arrive", "deliver"),
        ('[keys]\n"order.buy" = "ctrl+b"', 2, "order.buy", "multiplexer", "deliver"),
        ('[keys]\n"cancel.here" = "escape"', 2, "cancel.here", "half a second late", "deliver"),
        (
            '[keys]\n"order.cursor" = "b"',
            2,
            "order.cursor",
            "holding it down",
            "another key than that of its verb",
        ),
        ('[keys]\n"panic.kill" = []', 2, "panic.kill", "no key", "at least one key"),
        ('[keys]\n"panic.kill" = "@"', 2, "panic.kill", "@", "a key that is no character"),
        ('[keys]\n"command.half" = "Q"', 2, "command.half", "not there", "which is empty"),
        ('[keys]\n"a\\u001b[2J" = "H"', 2, "a", "an unknown binding", ""),
    ],
)
def test_every_mistake_names_file_line_key_found_and_allowed(  # noqa: PLR0913, PLR0917 - the columns
    write, text, line, key, found, allowed
):
    path = write(text)
    with pytest.raises(ConfigError) as caught:
        load_keymap(path)
    error = caught.value
    assert error.source == str(path)
    assert error.key.startswith(key)
    assert found in error.found
    assert allowed in error.allowed
    assert error.line == line
    assert "\x1b" not in str(error)


def test_a_file_that_is_no_toml_or_not_there_is_an_error(write, tmp_path):
    with pytest.raises(ConfigError, match="line 1"):
        load_keymap(write("preset = verb"))
    with pytest.raises(ConfigError, match=r"ui\.keymap_file"):
        load_keymap(tmp_path / "no.toml")


def test_the_file_is_found_beside_the_configuration_or_where_it_says(tmp_path):
    environ = {"XDG_CONFIG_HOME": str(tmp_path), "HOME": str(tmp_path)}
    loaded = load_config(path=None, environ=environ, flags={})
    assert keymap_path(loaded, environ) is None
    beside = tmp_path / "omega-tui" / FILE_NAME
    beside.parent.mkdir()
    beside.write_text("")
    assert keymap_path(loaded, environ) == beside
    other = load_config(path=None, environ=environ, flags={"ui.keymap_file": "/somewhere/keys.toml"})
    assert str(keymap_path(other, environ)) == "/somewhere/keys.toml"


def test_what_is_written_reads_back(write):
    keys = {"view.market": ("W", "quotation_mark"), "flag.tif": ("backslash", "f5"), "market.next": ()}
    keymap = load_keymap(write(written_file("verb", keys, comment="tested\nhere")))
    for bind_id, of_one in keys.items():
        assert keymap.bind(bind_id).keys == of_one


def test_two_keys_in_a_row_can_be_told_apart():
    text = "({go.verb}{go.tip_away} sends it away)"
    assert shipped("verb").said(text) == "(gd sends it away)"
    assert shipped("arrows").said(text) == "(shift+F8 d sends it away)"
