"""How long to wait before the next attempt: exponential, with full jitter.

Full jitter (a uniform draw between nothing and the ceiling) spreads the clients of a venue that comes back
better than any fixed wait with noise on top. When the count starts again is the caller's decision: a
connection that opens and closes at once has proved nothing (fault model, F8).
"""

import random


class Backoff:
    """A schedule of waits: the n-th is drawn from 0 to `initial_s` times two to the n, at most `max_s`.

    Attributes:
        attempts: How many waits were handed out since the last reset.
    """

    def __init__(self, *, initial_s: float, max_s: float, rng: random.Random) -> None:
        """Make a schedule.

        Args:
            initial_s: Ceiling of the first wait, seconds; above zero.
            max_s: Ceiling of all; not below `initial_s`.
            rng: Where the draws come from.
        """
        if not 0 < initial_s <= max_s:
            raise ValueError(f"a first wait of {initial_s} s must be above 0 and at most {max_s} s")
        self.attempts = 0
        self._initial_s = initial_s
        self._max_s = max_s
        self._rng = rng

    @property
    def ceiling_s(self) -> float:
        """The longest that the next wait can be."""
        doublings = min(
            self.attempts, 64
        )  # Beyond that every sensible ceiling is reached; floats stay finite.
        return min(self._max_s, self._initial_s * 2.0**doublings)

    @property
    def longest_s(self) -> float:
        """The ceiling of all waits."""
        return self._max_s

    def next_delay_s(self, *, at_least_s: float = 0.0) -> float:
        """Draw the next wait, seconds; never below `at_least_s`, which a venue may have asked for."""
        delay_s = self._rng.uniform(0.0, self.ceiling_s)
        self.attempts += 1
        return max(delay_s, at_least_s)

    def reset(self) -> None:
        """Start again at the first wait."""
        self.attempts = 0
