"""What the Data API computes of the users: their trades, positions, profit and loss. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from omega_tui.domain.account import Position
from omega_tui.domain.orders import Settlement
from omega_tui.domain.side import Side
from omega_tui.protocol.polymarket.amounts import from_units
from omega_tui.sim.accounts import Holdings
from omega_tui.sim.market import Market
from omega_tui.sim.records import SECOND, Party, TradeRecord
from omega_tui.sim.units import ONE, ONE_PRICE, price_decimal
from omega_tui.sim.venue import Venue

NOTHING: Final = Decimal(0)


@dataclass(frozen=True, slots=True)
class Traded:
    """One party's part in one trade.

    Attributes:
        market: Where.
        party: Who, what, how much.
        at_s: When.
        transaction_hash: Of the settlement.
        takes: Whether the party took.
    """

    market: Market
    party: Party
    at_s: int
    transaction_hash: str
    takes: bool

    @property
    def size(self) -> Decimal:
        """Shares."""
        return from_units(self.party.size)

    @property
    def price(self) -> Decimal:
        """Per share, in terms of the party's token."""
        return price_decimal(self.party.price).normalize()

    @property
    def money(self) -> Decimal:
        """What the shares cost, without fees."""
        return self.size * self.price


@dataclass(frozen=True, slots=True)
class Held:
    """What one user has, or had, of one token.

    Attributes:
        account: The user.
        market: Of the token.
        outcome: 0 or 1.
        shares: Held now.
        position: Average price and what was realized.
        trades: Of this token, oldest first; failed ones left out.
    """

    account: str
    market: Market
    outcome: int
    shares: Decimal
    position: Position
    trades: tuple[Traded, ...]

    @property
    def token_id(self) -> str:
        """Of the outcome."""
        return self.market.tokens[self.outcome]

    @property
    def average_price(self) -> Decimal:
        """What was paid per share that is held; 0 while that is not known."""
        return self.position.entry_price or NOTHING

    @property
    def current_price(self) -> Decimal:
        """The middle of the touch, 1 or 0 after the end."""
        return mark_of(self.market, self.outcome)

    @property
    def unrealized_pnl(self) -> Decimal:
        """What selling everything at the current price would add."""
        return (self.current_price - self.average_price) * self.shares

    @property
    def bought(self) -> tuple[Decimal, Decimal]:
        """Shares bought altogether, and what they cost without fees."""
        buys = [each for each in self.trades if each.party.side is Side.BUY]
        return sum((each.size for each in buys), NOTHING), sum((each.money for each in buys), NOTHING)

    @property
    def fees(self) -> Decimal:
        """Paid for all trades in the token."""
        return Decimal(sum(each.party.fee for each in self.trades)) / ONE


def mark_of(market: Market, outcome: int) -> Decimal:
    """Return what one share of an outcome is worth."""
    if not market.is_open:
        return Decimal(int(outcome == market.spec.winner))
    bid, ask = market.best(outcome)
    return (((bid or 0) + (ONE_PRICE if ask is None else ask)) / Decimal(2 * ONE_PRICE)).normalize()


class Portfolio:
    """Reads the venue's books; changes nothing."""

    def __init__(self, venue: Venue) -> None:
        self._venue = venue

    def users(self) -> list[str]:
        """Return the addresses of all users."""
        return [name for name, _ in self._venue.clearing.ledger.accounts() if name.startswith("0x")]

    def account(self, address: str) -> str:
        """Return an address in its owner's spelling; empty for nobody's."""
        wanted = address.lower()
        return next((name for name in self.users() if name.lower() == wanted), "")

    def trades(self, account: str) -> list[Traded]:
        """Return what a user traded, newest first; trades that failed are left out."""
        return [
            Traded(market, party, trade.matched_ns // SECOND, trade.transaction_hash, party is trade.taker)
            for trade in self._venue.clearing.trades_of(account)
            if (market := self._market_of(trade)) is not None and trade.status is not Settlement.FAILED
            for party in (trade.taker, *trade.makers)
            if party.account == account
        ]

    def prints(self, markets: Iterable[Market]) -> list[Traded]:
        """Return what was traded by anybody, as the takers traded it, newest first."""
        party = self._venue.clearing.party
        rows = [
            Traded(
                market,
                party(market, each.taker, each.price, each.size),
                at_ns // SECOND,
                each.transaction_hash,
                takes=True,
            )
            for market in markets
            for at_ns, each in market.prints
        ]
        return sorted(rows, key=lambda row: row.at_s, reverse=True)

    def held(self, account: str) -> list[Held]:
        """Return every token that a user has or had."""
        clearing = self._venue.clearing
        if not account:
            return []
        assets = clearing.ledger[account].assets
        tokens = dict.fromkeys(
            [token for name, token in clearing.positions if name == account] + list(assets)
        )
        trades = self.trades(account)[::-1]
        rows = []
        for token in tokens:
            found = self._venue.find_any(token)
            if found is None:
                continue
            market, outcome = found
            position = clearing.positions.get((account, token)) or Position("sim", token)
            own = tuple(each for each in trades if each.party.token_id == token)
            rows.append(Held(account, market, outcome, from_units(assets.get(token, 0)), position, own))
        return rows

    def outstanding(self, market: Market) -> Decimal:
        """Return the money that stands behind the tokens that users hold."""
        holdings = [sum(held.total(token) for _, held in self._user_holdings()) for token in market.tokens]
        return from_units(max(holdings))

    def holders(self, token: str) -> list[tuple[str, Decimal]]:
        """Return the users that hold a token and how much, the largest first."""
        rows = [
            (name, from_units(held.total(token)))
            for name, held in self._user_holdings()
            if held.total(token) > 0
        ]
        return sorted(rows, key=lambda row: row[1], reverse=True)

    def _user_holdings(self) -> list[tuple[str, Holdings]]:
        accounts = self._venue.clearing.ledger.accounts()
        return [(name, held) for name, held in accounts if name.startswith("0x")]

    def _market_of(self, trade: TradeRecord) -> Market | None:
        return self._venue.markets.get(trade.market_id)
