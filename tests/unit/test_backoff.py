"""The schedule of waits: bounds, growth, spread, and what starts it again."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omega_tui.venues.backoff import Backoff


def schedule(seed: int = 1, *, initial_s: float = 0.5, max_s: float = 30.0) -> Backoff:
    return Backoff(initial_s=initial_s, max_s=max_s, rng=random.Random(seed))


def test_ceilings_double_up_to_the_bound():
    backoff = schedule()
    ceilings = []
    for _ in range(8):
        ceilings.append(backoff.ceiling_s)
        backoff.next_delay_s()
    assert ceilings == [0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 30.0, 30.0]


@given(seed=st.integers(0, 10_000), draws=st.integers(1, 200))
def test_every_wait_lies_between_nothing_and_its_ceiling(seed, draws):
    backoff = schedule(seed)
    for _ in range(draws):
        ceiling_s = backoff.ceiling_s
        assert 0.0 <= backoff.next_delay_s() <= ceiling_s


def test_jitter_is_full_so_two_clients_part_at_once():
    delays = [schedule(seed).next_delay_s() for seed in range(200)]
    assert min(delays) < 0.05
    assert max(delays) > 0.45


def test_same_seed_same_waits():
    first, second = schedule(7), schedule(7)
    assert [first.next_delay_s() for _ in range(5)] == [second.next_delay_s() for _ in range(5)]


def test_what_the_venue_asked_for_is_a_floor():
    backoff = schedule()
    assert backoff.next_delay_s(at_least_s=12.0) == 12.0
    assert backoff.attempts == 1


def test_reset_starts_again():
    backoff = schedule()
    for _ in range(6):
        backoff.next_delay_s()
    backoff.reset()
    assert (backoff.attempts, backoff.ceiling_s) == (0, 0.5)


def test_after_thousands_of_attempts_the_bound_still_holds():
    backoff = schedule()
    backoff.attempts = 1_000_000
    assert backoff.ceiling_s == 30.0


def test_a_dead_venue_is_asked_at_most_twenty_times_in_the_first_minute():
    """Fault model, F1; without jitter's luck on our side, over many clients."""
    worst = 0
    for seed in range(300):
        backoff, waited_s, attempts = schedule(seed), 0.0, 1
        while (waited_s := waited_s + backoff.next_delay_s()) < 60.0:
            attempts += 1
        worst = max(worst, attempts)
    assert worst <= 20


@pytest.mark.parametrize(("initial_s", "max_s"), [(0.0, 1.0), (-1.0, 1.0), (2.0, 1.0)])
def test_senseless_bounds_are_refused(initial_s, max_s):
    with pytest.raises(ValueError, match="must be above 0"):
        schedule(initial_s=initial_s, max_s=max_s)
