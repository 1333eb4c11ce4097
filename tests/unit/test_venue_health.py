"""What a clock that was asked for proves."""

import pytest

from omega_tui.domain.venue_health import certain_skew_ms

S = 1_000_000_000


@pytest.mark.parametrize(
    ("began", "ended", "venue", "skew_ms"),
    [
        (10.1, 10.3, 10.2, 0),
        (10.1, 14.1, 10.2, 0),  # A slow answer proves nothing.
        (10.1, 10.2, 9.0, 100),  # Whole seconds may be one more.
        (12.5, 12.6, 10.25, 2_249),
        (8.0, 8.5, 10.25, -1_750),
        (8.0, 8.5, 10.0, -1_500),
    ],
)
def test_only_what_is_certain_counts(began, ended, venue, skew_ms):
    assert certain_skew_ms(*(round(at * S) for at in (began, ended, venue))) == pytest.approx(skew_ms)
