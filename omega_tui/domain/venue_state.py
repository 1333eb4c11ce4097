"""What a venue takes at the moment: every order, post-only ones, or cancels alone."""

from enum import StrEnum

from msgspec import Struct


class VenueState(StrEnum):
    """What a venue takes."""

    OPEN = "OPEN"
    """Everything, as far as is known."""
    POST_ONLY = "POST_ONLY"
    """Only orders that rest: its engine has just come back."""
    CANCEL_ONLY = "CANCEL_ONLY"
    """No new orders."""
    RESTARTING = "RESTARTING"
    """Its matching engine is away: cancels are repeated until it is back."""
    HALTED = "HALTED"
    """It has stopped trading, or is being maintained."""


class VenueStatus(Struct, frozen=True):
    """What a venue takes, and for how long that is believed.

    Attributes:
        state: What it takes.
        left_s: After so long it is taken to be over, unless the venue says it again; 0 while OPEN.
        reason: The venue's words; safe text, empty where it said none.
    """

    state: VenueState = VenueState.OPEN
    left_s: float = 0.0
    reason: str = ""
