"""An order of the matching engine, how long it lives, and what a venue accepts in a book."""

from dataclasses import dataclass
from enum import StrEnum


class Lifetime(StrEnum):
    """How long an order lives; the words are the Polymarket wire's."""

    GTC = "GTC"
    GTD = "GTD"
    FOK = "FOK"
    FAK = "FAK"

    @property
    def rests(self) -> bool:
        """Whether what is not filled at once stays in the book."""
        return self in {Lifetime.GTC, Lifetime.GTD}


class Refusal(StrEnum):
    """Why an order was not taken; nothing in the book changed."""

    PRICE_RANGE = "PRICE_RANGE"
    TICK = "TICK"
    LOT = "LOT"
    MIN_SIZE = "MIN_SIZE"
    EXPIRED = "EXPIRED"
    DUPLICATE = "DUPLICATE"
    POST_ONLY_TYPE = "POST_ONLY_TYPE"
    POST_ONLY_CROSSES = "POST_ONLY_CROSSES"
    FOK_NOT_FILLED = "FOK_NOT_FILLED"
    FAK_NO_MATCH = "FAK_NO_MATCH"


class BookOrder:
    """An order in the book.

    Attributes:
        key: Unique in this engine for ever.
        account: Whose it is; orders of one account never trade with each other.
        is_bid: Whether it buys.
        price: Limit.
        remaining: What is still to be filled; changed by the engine alone.
        token: Carried for the venue: which outcome the owner named.
    """

    __slots__ = ("account", "is_bid", "key", "price", "remaining", "token")

    def __init__(  # noqa: PLR0913  (a record that is made thousands of times a second)
        self, key: str | int, account: str, *, is_bid: bool, price: int, size: int, token: int = 0
    ) -> None:
        self.key = key
        self.account = account
        self.is_bid = is_bid
        self.price = price
        self.remaining = size
        self.token = token


@dataclass(slots=True)
class Rules:
    """What the venue accepts in this book.

    Attributes:
        tick: Smallest step of the price; orders that already rest are not touched when it changes.
        lot: Smallest step of the size of an order that may rest; what only takes may be finer.
        min_size: Smallest size of an order that may rest.
        price_min: Inclusive.
        price_max: Inclusive.
    """

    tick: int
    lot: int
    min_size: int
    price_min: int
    price_max: int

    def broken_by(self, order: BookOrder, lifetime: Lifetime) -> Refusal | None:
        """Return which of them an order breaks; None for none."""
        if not self.price_min <= order.price <= self.price_max:
            return Refusal.PRICE_RANGE
        if order.price % self.tick:
            return Refusal.TICK
        if order.remaining <= 0 or (lifetime.rests and order.remaining % self.lot):
            return Refusal.LOT
        if lifetime.rests and order.remaining < self.min_size:
            return Refusal.MIN_SIZE
        return None
