"""What is remembered of the levels of a book, and how many of them."""

from decimal import Decimal
from typing import Any, Final

from omega_tui.domain.side import Side

Place = tuple[Side, Decimal]

MAX_PLACES: Final = 512
"""Levels that a detector remembers; those that were quiet longest are forgotten for more."""

BEST_LEVELS: Final = 10
"""So many of the best levels say what a level usually shows."""


def forget_oldest(places: dict[Place, Any]) -> None:
    """Forget the places that came first, until there are no more than may be remembered."""
    while len(places) > MAX_PLACES:
        del places[next(iter(places))]
