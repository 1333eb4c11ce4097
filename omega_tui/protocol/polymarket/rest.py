"""Requests of the REST interface (fact sheet, section 7).

Every function returns a `RestRequest` and nothing else; proof is added where it is sent. Paths are of the
CLOB's host, except `positions_request`, which goes to the Data API.
"""

from collections.abc import Sequence

import msgspec

from omega_tui.domain.side import Side
from omega_tui.errors import LocalProtocolError
from omega_tui.protocol.polymarket.paging import START_CURSOR
from omega_tui.protocol.polymarket.posting import Posting, encode_posting, encode_postings
from omega_tui.protocol.polymarket.request import Auth, RestRequest
from omega_tui.protocol.polymarket.signing import SignatureType
from omega_tui.text import is_venue_id, safe_text

# --- public


def time_request() -> RestRequest:
    """Ask for the venue's clock."""
    return RestRequest("GET", "/time")


def version_request() -> RestRequest:
    """Ask which version of the order struct the venue takes; again after `order_version_mismatch`."""
    return RestRequest("GET", "/version")


def book_request(token_id: str) -> RestRequest:
    """Ask for the book of a token."""
    return _of_token("/book", token_id)


def books_request(token_ids: Sequence[str]) -> RestRequest:
    """Ask for several books; the answer silently leaves out tokens that the venue does not know."""
    body = [{"token_id": _id(token_id)} for token_id in token_ids]
    return RestRequest("POST", "/books", body=msgspec.json.encode(body))


def midpoint_request(token_id: str) -> RestRequest:
    """Ask for the middle between best bid and best ask."""
    return _of_token("/midpoint", token_id)


def spread_request(token_id: str) -> RestRequest:
    """Ask for the distance between best bid and best ask."""
    return _of_token("/spread", token_id)


def price_request(token_id: str, side: Side) -> RestRequest:
    """Ask for the best price of one side."""
    return RestRequest("GET", "/price", (("token_id", _id(token_id)), ("side", side.value)))


def last_trade_price_request(token_id: str) -> RestRequest:
    """Ask for the last trade's price."""
    return _of_token("/last-trade-price", token_id)


def tick_size_request(token_id: str) -> RestRequest:
    """Ask for the smallest step of the price."""
    return _of_token("/tick-size", token_id)


def neg_risk_request(token_id: str) -> RestRequest:
    """Ask whether the negative-risk exchange settles the token."""
    return _of_token("/neg-risk", token_id)


def fee_rate_request(token_id: str) -> RestRequest:
    """Ask for the base fee in basis points."""
    return _of_token("/fee-rate", token_id)


def price_history_request(token_id: str, *, start_s: int, end_s: int, fidelity_min: int) -> RestRequest:
    """Ask for one price every `fidelity_min` minutes between two times, seconds since the epoch."""
    query = (("market", _id(token_id)), ("startTs", f"{start_s}"), ("endTs", f"{end_s}"))
    return RestRequest("GET", "/prices-history", (*query, ("fidelity", f"{fidelity_min}")))


def markets_request(cursor: str = START_CURSOR) -> RestRequest:
    """Ask for a page of all markets, oldest first."""
    return RestRequest("GET", "/markets", (("next_cursor", cursor),))


def sampling_markets_request(cursor: str = START_CURSOR) -> RestRequest:
    """Ask for a page of the markets that are traded and rewarded now."""
    return RestRequest("GET", "/sampling-markets", (("next_cursor", cursor),))


def simplified_markets_request(cursor: str = START_CURSOR) -> RestRequest:
    """Ask for a page of all markets without their texts."""
    return RestRequest("GET", "/simplified-markets", (("next_cursor", cursor),))


def market_request(condition_id: str) -> RestRequest:
    """Ask for one market."""
    return RestRequest("GET", f"/markets/{_id(condition_id)}")


def clob_market_request(condition_id: str) -> RestRequest:
    """Ask for what trading in a market needs: tokens, tick, smallest size, fees."""
    return RestRequest("GET", f"/clob-markets/{_id(condition_id)}")


def market_of_token_request(token_id: str) -> RestRequest:
    """Ask which market a token belongs to."""
    return RestRequest("GET", f"/markets-by-token/{_id(token_id)}")


def positions_request(wallet: str, *, limit: int = 500, cursor: str = "") -> RestRequest:
    """Ask the Data API, which is another host, for the positions of the wallet that holds the funds."""
    query = (("user", _id(wallet)), ("limit", f"{limit}"))
    return RestRequest("GET", "/positions", (*query, ("cursor", cursor)) if cursor else query)


# --- credentials


def create_credentials_request() -> RestRequest:
    """Make new API credentials for the address."""
    return RestRequest("POST", "/auth/api-key", auth=Auth.L1)


def derive_credentials_request() -> RestRequest:
    """Ask for the API credentials that were made for the address and nonce."""
    return RestRequest("GET", "/auth/derive-api-key", auth=Auth.L1)


def api_keys_request() -> RestRequest:
    """Ask for the API keys of the address; the harmless way to try credentials out."""
    return RestRequest("GET", "/auth/api-keys", auth=Auth.L2)


def closed_only_request() -> RestRequest:
    """Ask whether the account may only close positions."""
    return RestRequest("GET", "/auth/ban-status/closed-only", auth=Auth.L2)


# --- orders


def place_request(posting: Posting) -> RestRequest:
    """Place one order. The same posting is always the same bytes.

    Raises:
        LocalProtocolError: As `encode_posting`.
    """
    return RestRequest("POST", "/order", body=encode_posting(posting), auth=Auth.L2)


def place_many_request(postings: Sequence[Posting]) -> RestRequest:
    """Place up to `MAX_BATCH` orders.

    Raises:
        LocalProtocolError: As `encode_postings`.
    """
    return RestRequest("POST", "/orders", body=encode_postings(postings), auth=Auth.L2)


def cancel_request(order_id: str) -> RestRequest:
    """Cancel one order; harmless if it is absent."""
    return RestRequest("DELETE", "/order", body=msgspec.json.encode({"orderID": _id(order_id)}), auth=Auth.L2)


def cancel_many_request(order_ids: Sequence[str]) -> RestRequest:
    """Cancel several orders."""
    body = msgspec.json.encode([_id(order_id) for order_id in order_ids])
    return RestRequest("DELETE", "/orders", body=body, auth=Auth.L2)


def cancel_all_request() -> RestRequest:
    """Cancel every order of the account, also those placed elsewhere."""
    return RestRequest("DELETE", "/cancel-all", auth=Auth.L2)


def cancel_market_request(*, condition_id: str = "", token_id: str = "") -> RestRequest:
    """Cancel the account's orders in a market, or in one of its tokens.

    Raises:
        LocalProtocolError: Neither is given: the venue would read that as everything.
    """
    if not condition_id and not token_id:
        raise LocalProtocolError("which market's orders are to be canceled is not said")
    body = {key: _id(value) for key, value in (("market", condition_id), ("asset_id", token_id)) if value}
    return RestRequest("DELETE", "/cancel-market-orders", body=msgspec.json.encode(body), auth=Auth.L2)


def order_request(order_id: str) -> RestRequest:
    """Ask for one order by its id, whether it is open or not."""
    return RestRequest("GET", f"/data/order/{_id(order_id)}", auth=Auth.L2)


def open_orders_request(
    *, condition_id: str = "", token_id: str = "", order_id: str = "", cursor: str = START_CURSOR
) -> RestRequest:
    """Ask for a page of the open orders, of everything or of what is named."""
    query = _given(
        ("market", condition_id), ("asset_id", token_id), ("id", order_id), ("next_cursor", cursor)
    )
    return RestRequest("GET", "/data/orders", query, auth=Auth.L2)


def trades_request(
    *, condition_id: str = "", trade_id: str = "", after_s: int = 0, cursor: str = START_CURSOR
) -> RestRequest:
    """Ask for a page of the account's trades; `after_s` is in seconds since the epoch."""
    after = f"{after_s}" if after_s else ""
    query = _given(("market", condition_id), ("id", trade_id), ("after", after), ("next_cursor", cursor))
    return RestRequest("GET", "/data/trades", query, auth=Auth.L2)


def balance_request(signature_type: SignatureType, token_id: str = "") -> RestRequest:
    """Ask for the balance and allowances of the collateral, or of an outcome token."""
    return RestRequest("GET", "/balance-allowance", _asset(signature_type, token_id), auth=Auth.L2)


def refresh_balance_request(signature_type: SignatureType, token_id: str = "") -> RestRequest:
    """Have the venue read the balance from the chain again."""
    return RestRequest("GET", "/balance-allowance/update", _asset(signature_type, token_id), auth=Auth.L2)


def heartbeat_request(last_id: str = "") -> RestRequest:
    """Feed the dead man's switch: once used, 10 s without it cancel every order of the account."""
    return RestRequest(
        "POST", "/v1/heartbeats", body=msgspec.json.encode({"heartbeat_id": last_id}), auth=Auth.L2
    )


def _of_token(path: str, token_id: str) -> RestRequest:
    return RestRequest("GET", path, (("token_id", _id(token_id)),))


def _asset(signature_type: SignatureType, token_id: str) -> tuple[tuple[str, str], ...]:
    kind = "CONDITIONAL" if token_id else "COLLATERAL"
    return (
        ("signature_type", f"{int(signature_type)}"),
        ("asset_type", kind),
        *_given(("token_id", token_id)),
    )


def _given(*query: tuple[str, str]) -> tuple[tuple[str, str], ...]:
    """Return the parameters that have a value; ids among them are what they should be."""
    for name, value in query:
        if value and name != "next_cursor":
            _id(value)
    return tuple((name, value) for name, value in query if value)


def _id(text: str) -> str:
    """Return `text` if it may stand in a path: an id, with nothing that ends a path segment."""
    if not is_venue_id(text) or text in {".", ".."}:
        raise LocalProtocolError(f"not an identifier: {safe_text(text)}")
    return text
