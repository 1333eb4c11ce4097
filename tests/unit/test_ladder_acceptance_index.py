"""Where each acceptance test of the ladder specification (section 10) is: every name here exists."""

from pathlib import Path

import pytest
from named import names_of_tests

ROOT = Path(__file__).resolve().parents[2]

ITEMS = {
    "1 random books and keys: the price of an order is the price painted under the cursor": (
        "test_an_order_is_at_the_price_painted_under_the_cursor",
        "test_the_price_of_an_order_is_one_that_was_painted",
    ),
    "2 the two scenarios of section 1 as regressions": (
        "test_regression_the_market_rises_and_the_order_stays_at_the_price_under_the_finger",
        "test_regression_the_ask_side_thins_and_neither_price_nor_side_flips",
        "test_a_rising_market_leaves_the_cursor_at_its_price",
        "test_a_thinning_side_flips_neither_price_nor_side_of_the_cursor",
    ),
    "3 a thousand repeats of a held key at 30 Hz place nothing": (
        "test_no_key_held_at_30_hz_places_anything",
        "test_a_key_held_down_places_nothing",
    ),
    "4 an unbracketed paste of 500 characters places nothing": (
        "test_an_unbracketed_paste_of_500_characters_places_nothing",
        "test_a_paste_without_brackets_is_no_order_and_keys_of_a_stopped_console_are_none",
    ),
    "5 the screen stands still for 2 s with keys pressed: nothing": (
        "test_keys_pressed_while_the_screen_stood_still_place_nothing",
    ),
    "6 STALE at any moment between verb and object is refused": (
        "test_bad_data_at_any_moment_refuse_every_order_of_the_keyboard",
        "test_stale_at_any_moment_refuses",
    ),
    "7 the same key script in a plain pty, in tmux and in screen": (
        "test_the_same_keys_come_to_the_same_orders",
    ),
    "8 F8, F9 and Delete work on Cyrillic, German and French layouts": (
        "test_f8_f9_and_delete_work_on_every_layout",
    ),
    "9 the tick becomes 0.1c with a verb pending": (
        "test_the_tick_becomes_finer_between_verb_and_object",
        "test_a_tick_change_between_the_keys_refuses",
    ),
    "10 Escape merged with a key is no action": (
        "test_escape_merged_with_a_letter_is_no_action",
        "test_keys_that_terminals_make_of_others_cannot_be_bound",
    ),
    "11 every state is legible without colour, and with every glyph in ASCII": (
        "test_every_state_is_legible_without_colour_and_with_every_glyph_in_ascii",
        "test_every_state_of_an_order_has_a_sign_of_its_own",
        "test_trade_screen_without_colour",
    ),
    "12 markup in an error of an exchange is shown letter by letter": (
        "test_an_error_of_an_exchange_with_markup_is_shown_letter_by_letter",
        "test_text_of_a_venue_is_drawn_as_it_is",
    ),
    "13 what a ladder may cost": (
        "test_only_rows_that_changed_are_repainted",
        "test_nothing_is_written_when_nothing_changed",
    ),
}

MEASURED = {"13 what a ladder may cost": ("benchmarks/ladder.py", "benchmarks/key_to_wire.py")}
"""Times are printed by a command beside a peer, and asserted in no test: another machine has others."""


def test_there_are_thirteen():
    assert [int(item.split()[0]) for item in ITEMS] == list(range(1, 14))


@pytest.mark.parametrize("item", ITEMS)
def test_every_item_has_its_tests(item):
    assert not set(ITEMS[item]) - names_of_tests()
    assert all((ROOT / path).is_file() for path in MEASURED.get(item, ()))
