"""What the venue announces of markets as such: that one came up, that one ended."""

from omega_tui.protocol.polymarket.server import event
from omega_tui.sim.market import Market
from omega_tui.sim.public_book import Emission


def new_market(market: Market, timestamp: str) -> Emission:
    """Return the announcement of a market that came up; everybody who asked for such events hears it."""
    spec = market.spec
    fields = {
        "id": f"{market.number}",
        "question": spec.title,
        "market": market.market_id,
        "slug": market.slug,
        "description": "",
        "assets_ids": list(market.tokens),
        "outcomes": list(spec.outcomes),
        "event_message": None,
        "timestamp": timestamp,
        "tags": [],
        "condition_id": market.market_id,
        "active": True,
        "clob_token_ids": list(market.tokens),
        "order_price_min_tick_size": market.tick_text,
        "taker_base_fee": str(spec.fees.rate_bps),
        "fees_enabled": spec.fees.rate_bps > 0,
    }
    text = event(fields, "new_market")
    return Emission(market.market_id, (), text, is_custom=True, kind="new_market")


def market_resolved(market: Market, timestamp: str) -> Emission:
    """Return the announcement of a market that ended; those who watch it hear it."""
    winner = market.spec.winner
    fields = {
        "id": f"{market.number}",
        "market": market.market_id,
        "assets_ids": list(market.tokens),
        "winning_asset_id": market.tokens[winner],
        "winning_outcome": market.spec.outcomes[winner],
        "timestamp": timestamp,
        "tags": [],
    }
    text = event(fields, "market_resolved")
    return Emission(market.market_id, market.tokens, text, is_custom=True, kind="market_resolved")
