"""Where each measured trap of the exchange library is tested: every name here is a test that exists.

The sections are those of the fact sheet on driving the library.
"""

import pytest
from named import names_of_tests

TRAPS = {
    "2 a snapshot is merged into the old book": (
        "test_the_library_merges_a_new_snapshot_into_the_old_book",
        "test_a_snapshot_drops_the_old_book",
    ),
    "2 a lost change goes unnoticed": (
        "test_the_library_shows_a_wrong_book_after_a_lost_change_without_a_word",
        "test_a_lost_change_is_a_gap_and_the_book_is_right_again_by_a_new_snapshot",
        "test_every_gap_is_found_and_no_wrong_book_is_ever_shown_as_good",
        "test_a_lost_last_change_is_found_by_silence",
    ),
    "2 bitget sends numbers and no checksum any more, okx a checksum of 0": (
        "test_bitget_without_numbers_is_checked_by_its_checksum",
        "test_okx_may_count_back_when_the_link_holds",
    ),
    "2 kraken's checksum needs the precision of the pair": (
        "test_kraken_checksums_hold_from_the_precision_of_the_pair",
        "test_kraken_checksums_never_hold_from_the_text_of_floats",
    ),
    "2 numbers are floats": (
        "test_numbers_are_taken_by_their_shortest_text",
        "test_noise_is_taken_away_and_a_price_between_ticks_is_left_alone",
    ),
    "2 watch calls coalesce": (
        "test_the_last_of_many_changes_is_shown_although_the_library_wakes_nobody_for_it",
    ),
    "2 an order event's `filled` is the last fill": (
        "test_an_order_event_never_carries_a_quantity_filled",
        "test_every_stream_of_an_account_speaks",
    ),
    "2 no check at all": (
        "test_a_venue_without_a_check_is_compared_with_rest_and_a_wrong_book_is_found",
        "test_an_exchange_that_offers_nothing_has_no_family",
    ),
    "3 a cached rejection starves the loop": (
        "test_a_rejection_that_stays_cached_does_not_starve_the_loop",
        "test_a_gap_that_nobody_waits_on_leaves_no_rejection_behind",
    ),
    "3 an exception in a handler ends the receive loop": (
        "test_an_exception_in_a_handler_is_heard_and_the_stream_begins_again",
    ),
    "3 a lost acknowledgement is never timed out": (
        "test_a_subscription_that_is_never_acknowledged_is_made_again_on_a_new_connection",
    ),
    "3 a half-open socket is noticed late": (
        "test_a_half_open_socket_is_found_by_silence_long_before_the_library_would",
        "test_a_book_that_is_merely_quiet_keeps_its_connection",
    ),
    "3 UnsubscribeError is no NetworkError": (
        "test_an_end_of_a_subscription_is_no_network_error_and_still_begins_again",
    ),
    "3 close cancels watchers, and watch opens again": (
        "test_a_close_cancels_watchers_whom_nobody_cancelled_and_they_end_in_peace",
        "test_a_closed_session_is_used_no_more",
    ),
    "3 an acknowledgement without status, price and amount": (
        "test_an_acknowledgement_without_status_and_price_is_one_all_the_same",
    ),
    "4 reset, 503, slow, 504, 429, cut body: the order is there": (
        "test_an_order_that_the_venue_has_is_never_called_refused",
        "test_every_row_of_placing_orders_is_one_order_at_the_venue_and_ends_as_it_is_there",
        "test_of_all_exceptions_of_the_library_exactly_these_prove_that_there_is_no_order",
    ),
    "4 certainly not sent": ("test_an_order_that_was_certainly_not_sent_is_called_so",),
    "4 maxRetriesOnFailure makes two orders": (
        "test_the_library_makes_two_orders_of_one_call_if_it_may_retry",
    ),
    "4 market with a trigger leaves as a plain market order": (
        "test_market_with_a_trigger_is_a_plain_market_order_in_the_library_and_never_here",
        "test_what_is_in_the_table_leaves_as_it_says",
    ),
    "4 kraken's cancel of a symbol cancels all": (
        "test_krakens_cancel_of_one_instrument_would_cancel_all_of_them",
        "test_krakens_cancel_of_one_instrument_cancels_only_its_orders",
    ),
    "4 a cancel by our id under a name that means nothing": (
        "test_bybit_would_send_our_id_under_a_name_that_means_nothing_there",
        "test_a_cancel_by_our_id_at_gate_would_leave_without_any",
    ),
    "4 hyperliquid signs approvals, brokers are injected": (
        "test_hyperliquid_signs_no_approval_of_a_fee_and_no_referrer",
        "test_what_the_library_adds_for_its_authors_is_off_unless_wanted",
    ),
    "4 amounts are cut and prices rounded in silence": (
        "test_nothing_is_rounded_in_silence_and_limits_are_checked_before_anything_is_sent",
        "test_a_price_that_the_library_would_move_is_refused",
    ),
    "4 balances of spot and swap in one": ("test_the_balances_of_one_account_type_are_asked_for",),
    "4 the rate limiter is a queue": (
        "test_a_cancel_is_the_next_to_leave_while_two_hundred_questions_wait",
        "test_an_order_goes_before_questions_and_is_not_sent_when_the_budget_holds_it_up",
        "test_after_429_questions_rest_and_a_cancel_does_not",
    ),
    "4 the clock": (
        "test_the_skew_is_measured_shown_and_used_by_both_instances",
        "test_the_clock_is_measured_now_and_then_and_again_when_the_venue_finds_it_wrong",
    ),
    "4 no sandbox is a TypeError": ("test_a_venue_without_a_sandbox_says_so",),
    "4 cancelAllOrdersAfter is not always a timer": (
        "test_bybits_call_is_no_timer_whatever_the_library_says",
        "test_the_timer_leaves_as_the_table_says",
    ),
    "5 the import is slow": ("test_nothing_here_imports_the_exchange_library_by_itself",),
    "5 markets block the loop": ("test_markets_are_fetched_once_a_day_and_the_screen_is_told",),
    "6 polymarket is another venue": (
        "test_the_librarys_polymarket_is_another_venue_and_is_never_taken_for_it",
    ),
}


@pytest.mark.parametrize("trap", TRAPS)
def test_every_trap_has_its_tests(trap):
    assert TRAPS[trap]
    assert not set(TRAPS[trap]) - names_of_tests()
