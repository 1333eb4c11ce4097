"""Who owns what: a double-entry ledger of collateral and outcome tokens, and the fee formula. Pure.

Every change is an `Entry` whose postings cancel out, so value can neither appear nor vanish; undoing a trade
that failed on chain is the same entry with its signs turned. Amounts are millionths.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from omega_tui.sim.units import ONE_PRICE, cost_of

CASH: Final = ""
"""The asset name of the collateral; every other asset is a token id."""

FEES: Final = "venue:fees"
"""The account that fees go to."""

DEPOSITS: Final = "venue:deposits"
"""Where deposits come from: minus everything that was ever paid in."""


def custody_of(market_id: str) -> str:
    """Return the account that holds the collateral behind the tokens of a market."""
    return f"custody:{market_id}"


class Posting(NamedTuple):
    """One account gets `amount` of one asset; negative gives."""

    account: str
    asset: str
    amount: int


Entry = tuple[Posting, ...]


@dataclass(slots=True)
class Holdings:
    """What one account has.

    Attributes:
        assets: Amount by asset.
        reserved: The part of it that open orders hold.
    """

    assets: dict[str, int] = field(default_factory=dict)
    reserved: dict[str, int] = field(default_factory=dict)

    def total(self, asset: str) -> int:
        """Return everything held of `asset`."""
        return self.assets.get(asset, 0)

    def available(self, asset: str) -> int:
        """Return what an order may still use."""
        return self.assets.get(asset, 0) - self.reserved.get(asset, 0)


class Ledger:
    """All accounts of the venue. Accounts come into being when they are first named."""

    def __init__(self) -> None:
        self._accounts: dict[str, Holdings] = {}

    def __getitem__(self, account: str) -> Holdings:
        return self._accounts.setdefault(account, Holdings())

    def accounts(self) -> Iterable[tuple[str, Holdings]]:
        """Return every account with its holdings."""
        return self._accounts.items()

    def post(self, entry: Entry) -> None:
        """Apply an entry."""
        for account, asset, amount in entry:
            assets = self[account].assets
            assets[asset] = assets.get(asset, 0) + amount

    def reserve(self, account: str, asset: str, amount: int) -> None:
        """Set `amount` aside for an open order; negative gives it back."""
        reserved = self[account].reserved
        reserved[asset] = reserved.get(asset, 0) + amount

    def conserves_value(self, tokens_of: Iterable[tuple[str, str, str]]) -> bool:
        """Whether all collateral adds up to nothing with the deposits, and tokens to their collateral.

        Args:
            tokens_of: (market id, yes token, no token) of every market that ever was.
        """
        if sum(held.total(CASH) for held in self._accounts.values()) != 0:
            return False
        return all(
            self._sum(yes) == self._sum(no) == self[custody_of(market)].total(CASH)
            for market, yes, no in tokens_of
        )

    def _sum(self, asset: str) -> int:
        return sum(held.total(asset) for held in self._accounts.values())


def reversed_entry(entry: Entry) -> Entry:
    """Return the entry that undoes `entry`."""
    return tuple(Posting(account, asset, -amount) for account, asset, amount in entry)


def deposit(account: str, amount: int) -> Entry:
    """Return the entry that pays collateral in."""
    return (Posting(DEPOSITS, CASH, -amount), Posting(account, CASH, amount))


def split(account: str, market_id: str, tokens: tuple[str, str], shares: int) -> Entry:
    """Return the entry that turns collateral into as many tokens of both outcomes."""
    return (
        Posting(account, CASH, -shares),
        Posting(custody_of(market_id), CASH, shares),
        Posting(account, tokens[0], shares),
        Posting(account, tokens[1], shares),
    )


def redeem(account: str, market_id: str, token: str, shares: int, payout: int) -> Entry:
    """Return the entry that hands tokens of a resolved market in for `payout` of collateral altogether."""
    return (
        Posting(account, token, -shares),
        Posting(custody_of(market_id), CASH, -payout),
        Posting(account, CASH, payout),
    )


@dataclass(frozen=True, slots=True)
class Leg:
    """One side of a match.

    Attributes:
        account: Whose order it is.
        outcome: 0 or 1: which of the two tokens the order named.
        buys: Whether the order buys that token.
    """

    account: str
    outcome: int
    buys: bool


def settlement(
    market_id: str, tokens: tuple[str, str], shares: int, first_price: int, legs: tuple[Leg, Leg]
) -> Entry:
    """Return the entry that settles a match of two orders.

    Two buyers of different outcomes mint: their money becomes collateral. Two sellers of different outcomes
    merge: tokens become money. Otherwise tokens change hands. Either way both sides together pay or get just
    one unit of collateral per pair.

    Args:
        market_id: Whose collateral moves.
        tokens: Of outcome 0 and 1.
        shares: What was matched.
        first_price: The price in terms of outcome 0.
        legs: The two orders; in terms of outcome 0 one of them buys and the other sells.
    """
    first_cost = cost_of(shares, first_price)
    postings: list[Posting] = []
    for leg in legs:
        cost = first_cost if leg.outcome == 0 else shares - first_cost
        sign = 1 if leg.buys else -1
        postings.append(Posting(leg.account, tokens[leg.outcome], sign * shares))
        postings.append(Posting(leg.account, CASH, -sign * cost))
    minted = sum(1 if leg.buys else -1 for leg in legs) // 2 * shares
    if minted:
        postings.append(Posting(custody_of(market_id), CASH, minted))
    return tuple(postings)


@dataclass(frozen=True, slots=True)
class FeeSchedule:
    """What takers pay.

    Attributes:
        rate_bps: In hundredths of a per cent; 0 for nothing.
        exponent: Of p(1 - p).
    """

    rate_bps: int = 0
    exponent: int = 1

    def fee(self, shares: int, price: int) -> int:
        """Return the taker's fee in collateral: shares x rate x (p(1 - p))^exponent, rounded half up.

        The formula of py-clob-client-v2 1.2.1, `fees.py`: money / price are the shares.
        """
        if not self.rate_bps:
            return 0
        spread_power: int = (price * (ONE_PRICE - price)) ** self.exponent
        numerator = shares * self.rate_bps * spread_power
        denominator: int = 10_000 * (ONE_PRICE * ONE_PRICE) ** self.exponent
        return (numerator + denominator // 2) // denominator


def fee_entry(account: str, amount: int) -> Entry:
    """Return the entry that charges a fee."""
    return (Posting(account, CASH, -amount), Posting(FEES, CASH, amount))
