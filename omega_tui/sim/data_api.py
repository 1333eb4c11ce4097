"""The Data API's paths: positions, their value, trades. Public by address, as at the venue."""

from decimal import Decimal

from aiohttp import web

from omega_tui.protocol.polymarket.account_answers import PositionRow, encode_positions
from omega_tui.protocol.polymarket.amounts import from_units
from omega_tui.sim.public_rest import body_of
from omega_tui.sim.records import SECOND
from omega_tui.sim.units import ONE_PRICE, price_decimal
from omega_tui.sim.venue import Venue


class DataApi:
    """Handlers for who knows an address."""

    def __init__(self, venue: Venue) -> None:
        self._venue = venue

    def routes(self) -> list[web.RouteDef]:
        """Return every path with its handler."""
        return [
            web.get("/positions", self._positions),
            web.get("/value", self._value),
            web.get("/trades", self._trades),
            web.get("/activity", self._trades),
        ]

    async def _positions(self, request: web.Request) -> web.Response:
        return body_of(encode_positions(self._position_rows(request.query.get("user", ""))))

    async def _value(self, request: web.Request) -> web.Response:
        user = request.query.get("user", "")
        value = sum((row.size * row.current_price for row in self._position_rows(user)), Decimal(0))
        return body_of(f'[{{"user":"{_address(user)}","value":{value:f}}}]')

    async def _trades(self, request: web.Request) -> web.Response:
        user = self._account(request.query.get("user", ""))
        rows = []
        for trade in self._venue.clearing.trades_of(user):
            mine = [party for party in (trade.taker, *trade.makers) if party.account == user]
            rows += [
                {
                    "proxyWallet": user,
                    "side": party.side.value,
                    "asset": party.token_id,
                    "conditionId": trade.market_id,
                    "size": float(from_units(party.size)),
                    "price": float(price_decimal(party.price)),
                    "timestamp": trade.matched_ns // SECOND,
                    "outcome": party.outcome_name,
                    "outcomeIndex": party.outcome,
                    "transactionHash": trade.transaction_hash,
                }
                for party in mine
            ]
        return web.json_response(rows)

    def _account(self, address: str) -> str:
        wanted = address.lower()
        accounts = (account for account, _ in self._venue.clearing.ledger.accounts())
        return next((account for account in accounts if account.lower() == wanted), "")

    def _position_rows(self, address: str) -> list[PositionRow]:
        clearing = self._venue.clearing
        account = self._account(address)
        rows = []
        for token_id, shares in clearing.ledger[account].assets.items() if account else ():
            found = self._venue.find_any(token_id)
            if found is None or shares <= 0:
                continue
            market, outcome = found
            position = clearing.positions.get((account, token_id))
            bid, ask = market.best(outcome)
            current = ((bid or 0) + (ONE_PRICE if ask is None else ask)) / Decimal(2 * ONE_PRICE)
            rows.append(
                PositionRow(
                    wallet=account,
                    condition_id=market.market_id,
                    token_id=token_id,
                    outcome=market.spec.outcomes[outcome],
                    title=market.spec.title,
                    size=from_units(shares),
                    average_price=Decimal(0) if position is None else position.entry_price or Decimal(0),
                    current_price=current,
                    realized_pnl=Decimal(0) if position is None else position.realized_pnl,
                    opposite_token_id=market.tokens[1 - outcome],
                    neg_risk=market.spec.neg_risk,
                )
            )
        return rows


def _address(text: str) -> str:
    return text if text.isalnum() else ""
