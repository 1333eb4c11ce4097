"""The drill of a changed keymap, its record, and the letters of other layouts."""

import pytest

from omega_tui.clock import ManualClock
from omega_tui.runtime.keymap_record import FILE_NAME, KeymapRecord
from omega_tui.ui.desk.order_facts import KeyPress
from omega_tui.ui.keys.keymap_presets import PRESETS, shipped
from omega_tui.ui.keys.layout_watch import LayoutWatch
from omega_tui.ui.learn.key_drill import TASKS, KeyDrill

MS = 1_000_000
KEYS = {
    "verb": ("b j", "s j", "delete", "x m", "f enter", "f9"),
    "onekey": ("w", "o", "delete", "f8", "f enter", "f9"),
    "numpad": ("7", "9", "0", "full_stop", "f enter", "f9"),
    "arrows": ("f3 left", "f4 left", "f5 enter", "f5 left", "f7 enter", "f9"),
    "das": ("b j", "s j", "x c", "f8", "f7 enter", "f9"),
}


class Fingers:
    def __init__(self, preset):
        self.now_ns = 0
        self.drill = KeyDrill(shipped(preset), 0)

    def press(self, *keys, gap_ms=300):
        for key in keys:
            self.now_ns += gap_ms * MS
            progress = self.drill.press(KeyPress(key, self.now_ns, self.now_ns))
            self.now_ns += 50 * MS
            settled = self.drill.settle(self.now_ns)
            progress = progress if progress.is_over else settled
        return progress


@pytest.mark.parametrize("preset", PRESETS)
def test_every_shipped_keymap_can_be_drilled(preset):
    fingers = Fingers(preset)
    for number, keys in enumerate(KEYS[preset], start=1):
        progress = fingers.press(*keys.split())
        assert progress.is_passed is (number == len(TASKS)), (keys, progress.text)
        if not progress.is_over:
            assert progress.text.startswith(f"drill {number + 1}/6")
    assert progress.text.startswith("drill passed in ")


def test_a_wrong_key_is_told_and_counts_for_nothing():
    fingers = Fingers("verb")
    progress = fingers.press("s", "j")
    assert progress.text.startswith("drill 1/6")
    assert "(that was: SELL 1 LOT @ 101.0 GTC)" in progress.text
    assert not fingers.press("b", "j").is_over
    assert "drill 2/6" in fingers.drill.watch(fingers.now_ns).text


def test_after_twenty_seconds_it_is_over():
    fingers = Fingers("verb")
    fingers.press("b", "j")
    fingers.now_ns = 20_000 * MS
    progress = fingers.drill.settle(fingers.now_ns)
    assert (progress.is_over, progress.is_passed) == (True, False)
    assert "sell 1 at the ask" in progress.text


def test_panic_keys_count_only_where_they_are_asked_for():
    fingers = Fingers("verb")
    assert not fingers.drill.wants("panic.kill")
    for keys in ("bj", "sj", ("delete",)):
        fingers.press(*keys)
    assert fingers.drill.wants("panic.cancel_market")
    assert not fingers.drill.wants("panic.kill")


@pytest.mark.parametrize("content", [None, b"", b"[]", b"{", b'{"fingerprint": 3}', b"\xff"])
def test_without_a_record_only_the_shipped_keymap_is_known(tmp_path, content):
    if content is not None:
        (tmp_path / FILE_NAME).write_bytes(content)
    for fingerprint, is_due in (("shipped", False), ("mine", True)):
        record = KeymapRecord(tmp_path, fingerprint=fingerprint, shipped="shipped", clock=ManualClock())
        assert record.is_due is is_due


def test_the_next_session_knows_what_was_drilled_and_nothing_else(tmp_path):
    record = KeymapRecord(tmp_path, fingerprint="mine", shipped="shipped", clock=ManualClock())
    record.settle("passed")
    assert not record.is_due
    assert (tmp_path / FILE_NAME).stat().st_mode & 0o777 == 0o600
    for fingerprint, is_due in (("mine", False), ("shipped", True), ("other", True)):
        again = KeymapRecord(tmp_path, fingerprint=fingerprint, shipped="shipped", clock=ManualClock())
        assert again.is_due is is_due, "going back is a change as well"


def test_a_state_folder_that_cannot_be_written_costs_another_drill(tmp_path):
    record = KeymapRecord(tmp_path / "no", fingerprint="mine", shipped="shipped", clock=ManualClock())
    record.settle("passed")
    assert not record.is_due


def test_the_banner_is_for_letters_of_another_script_alone():
    watch = LayoutWatch(shipped("verb"))
    for key in ("é", "ß", "f8", "1", "ctrl+left"):
        watch.heard(key)
        assert watch.banner == ""
    for letter, script in (
        ("\N{CYRILLIC SMALL LETTER I}", "CYRILLIC"),
        ("\N{GREEK SMALL LETTER BETA}", "GREEK"),
    ):
        watch.heard(letter)
        assert watch.banner.startswith(f"{script} letters are dead: F7 F8 F9 Del Enter")
    watch.heard("f8")
    assert watch.banner
    watch.heard("b")
    assert watch.banner == ""


def test_a_keymap_without_letters_needs_no_banner():
    watch = LayoutWatch(shipped("arrows"))
    watch.heard("и")
    assert watch.banner == ""
