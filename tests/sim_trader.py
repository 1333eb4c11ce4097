"""A trader at the embedded exchange without a network: signs orders and hands them to the venue itself."""

from decimal import Decimal
from itertools import count

from omega_tui.domain.orders import TimeInForce
from omega_tui.domain.side import Side
from omega_tui.protocol.ethereum import SigningKey
from omega_tui.protocol.polymarket.amounts import limit_amounts
from omega_tui.protocol.polymarket.order_answers import PlaceAnswer
from omega_tui.protocol.polymarket.posting import Posting
from omega_tui.protocol.polymarket.signing import Exchange, OrderStruct, order_domain, sign_order
from omega_tui.sim.catalogue import DEFAULT_MARKETS
from omega_tui.sim.identity import Identity, identity
from omega_tui.sim.units import ONE
from omega_tui.sim.venue import CHAIN_ID, Venue
from omega_tui.sim.wording import Denied

START_NS = 1_780_000_000_000_000_000
_salts = count(1)


class Trader:
    """One account of a venue.

    Attributes:
        who: Its keys.
        account: Its address.
    """

    def __init__(self, venue: Venue, name: str = "trader", cash: int = 10_000) -> None:
        self.venue = venue
        self.who: Identity = identity(name, venue.seed)
        self.account = self.who.address
        venue.clearing.fund(self.account, cash * ONE)

    def posting(self, token_id: str, side: Side, price: str, shares: str, **more: object) -> Posting:
        """Return a signed order of the account."""
        found = self.venue.find(token_id)
        assert found is not None
        market = found[0]
        amounts = limit_amounts(side, Decimal(price), Decimal(shares), Decimal(market.tick_text))
        order = OrderStruct(
            salt=next(_salts),
            maker=self.account,
            signer=self.account,
            token_id=token_id,
            maker_amount=amounts.maker_amount,
            taker_amount=amounts.taker_amount,
            side=side,
            timestamp_ms=self.venue.now_ns // 1_000_000,
        )
        domain = order_domain(CHAIN_ID, Exchange.of_market(neg_risk=market.spec.neg_risk))
        signature = sign_order(order, domain, SigningKey(self.who.private_key))
        terms = {"time_in_force": TimeInForce.GTC, **more}
        return Posting(order=order, signature=signature, owner=self.who.credentials.api_key, **terms)

    def place(
        self, token_id: str, side: Side, price: str, shares: str, **more: object
    ) -> PlaceAnswer | Denied:
        """Place a limit order."""
        return self.send(self.posting(token_id, side, price, shares, **more))

    def send(self, posting: Posting) -> PlaceAnswer | Denied:
        """Hand an order in."""
        return self.venue.place(posting, self.account, self.who.credentials.api_key)

    def cash(self) -> int:
        """Return the collateral held, millionths."""
        return self.venue.clearing.ledger[self.account].total("")

    def tokens(self, token_id: str) -> int:
        """Return the shares held, millionths."""
        return self.venue.clearing.ledger[self.account].total(token_id)


def make_venue(*, seed: int = 5, rate: float = 40.0, markets=DEFAULT_MARKETS, **more: object) -> Venue:
    """Return a venue at a fixed moment."""
    return Venue(markets, seed=seed, rate=rate, now_ns=START_NS, **more)


def text_price(price: int) -> str:
    """Return a price in ten-thousandths as the trader types it."""
    return f"{Decimal(price) / 10_000}"
