"""What a terminal delivers, and the keymap that is made of it."""

import pytest

from omega_tui.cli.doctor_keys import shown
from omega_tui.ui.keys.key_probe import (
    Seen,
    as_they_arrive,
    changes,
    layout_word,
    names_of,
    out_of_reach,
    probes,
    with_keys,
)
from omega_tui.ui.keys.keymap import Context, Keymap
from omega_tui.ui.keys.keymap_file import load_keymap, written_file
from omega_tui.ui.keys.keymap_presets import PRESETS, shipped

VERB = shipped("verb")


@pytest.mark.parametrize(
    ("raw", "names"),
    [
        (b"\x1b[19~", ("f8",)),
        (b"\x1b[3~", ("delete",)),
        (b"\x1b[1;2A", ("shift+up",)),
        (b"\x1b", ("escape",)),
        (b"b", ("b",)),
        (b"\r", ("enter",)),
        (b"\n", ("ctrl+j",)),
        (b"\x7f", ("backspace",)),
        (b"\x1b[98;;98u", ("b",)),
        ("и".encode(), ("и",)),
        (b"\x1bb", ("ctrl+left",)),
        (b"", ()),
    ],
)
def test_bytes_have_the_names_that_the_console_gives_them(raw, names):
    assert names_of(raw) == names


@pytest.mark.parametrize("name", PRESETS)
def test_what_takes_risk_off_is_tried_first_and_one_letter_stands_for_all(name):
    tried = [probe.key for probe in probes(shipped(name))]
    assert tried[:3] == ["f8", "f9", "f7"]
    assert len(tried) == len(set(tried))
    assert len([key for key in tried if len(key) == 1]) <= 3
    assert set(tried) <= {probe.key for probe in probes(shipped(name), every=True)}


def test_a_key_that_arrives_as_another_free_one_is_bound_to_that():
    seen = [Seen("f8", b"\x1b[25~", ("f13",)), Seen("f9", b"\x1b[20~", ("f9",))]
    assert [bind.id for bind in out_of_reach(VERB, seen)] == ["panic.cancel_market"]
    mended = as_they_arrive(VERB, seen)
    assert mended.find("f13", Context.ANY) == "panic.cancel_market"
    assert out_of_reach(mended, seen) == ()
    assert changes(mended) == {"panic.cancel_market": ("f13",)}


def test_a_key_that_arrives_as_a_taken_or_unfit_one_waits_for_another():
    for arrives in ("delete", "ctrl+j", "z", "alt+x"):
        seen = [Seen("f8", b"?", (arrives,))]
        assert [bind.id for bind in out_of_reach(as_they_arrive(VERB, seen), seen)] == ["panic.cancel_market"]
    assert "which is" in with_keys(VERB, "panic.cancel_market", ("delete",))
    assert isinstance(with_keys(VERB, "panic.cancel_market", ("f5",)), Keymap)


def test_a_lost_letter_stands_for_all_letters_and_says_what_still_works():
    seen = [Seen("b", "и".encode(), ("и",))]
    lost = {bind.id for bind in out_of_reach(VERB, seen)}
    assert "order.buy" in lost
    assert "cancel.here" not in lost
    assert 'ui.keymap = "arrows"' in layout_word(seen)
    assert layout_word([Seen("b", b"b", ("b",))]) == ""


def test_the_file_of_a_mended_keymap_gives_that_keymap(tmp_path):
    mended = as_they_arrive(VERB, [Seen("f8", b"\x1b[25~", ("f13",))])
    path = tmp_path / "keymap.toml"
    path.write_text(written_file(mended.preset, changes(mended)))
    assert load_keymap(path).fingerprint == mended.fingerprint


def test_bytes_are_written_so_that_no_terminal_obeys_them():
    assert shown(b"\x1b[19~") == "ESC[19~"
    assert shown(b"\r") == "^M"
    assert shown(b"\x00\x7f") == "^@^?"
    assert shown(b"") == "-"
    assert "\x1b" not in shown(b"\x1b]0;owned\x07")
    assert "\x9b" not in shown(b"\xc2\x9b")
