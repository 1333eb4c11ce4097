"""Sizes and prices of `omega-tui order` in the words of the `:` line: `100$ @ '$bid-2t'`, `50% join`."""

import re
from dataclasses import replace
from typing import Final

from omega_tui.cli.venue_options import tell
from omega_tui.domain.instrument import ZERO, Instrument
from omega_tui.domain.phrase_amounts import Surroundings
from omega_tui.domain.phrase_grammar import read_phrase
from omega_tui.domain.phrase_orders import mean
from omega_tui.domain.phrases import Place
from omega_tui.errors import OrderRefused, PhraseError
from omega_tui.services.exchange import ExchangeService
from omega_tui.services.tickets import Kind, Ticket

_PLAIN: Final = re.compile(r"\d*\.?\d+", re.ASCII)


def are_words(size: str, price: list[str]) -> bool:
    """Whether size or price are more than plain numbers."""
    said = "".join(price).removeprefix("@")
    return _PLAIN.fullmatch(size) is None or bool(said and _PLAIN.fullmatch(said) is None)


async def meant(
    exchange: ExchangeService, ticket: Ticket, instrument: Instrument, size: str, price: list[str]
) -> Ticket:
    """Return a ticket with the size and the price that words mean at this moment.

    Args:
        exchange: Where the market and the account are looked at.
        ticket: Everything else about the order.
        instrument: What it trades.
        size: As typed.
        price: As typed, `@` included; empty for a market order.

    Raises:
        OrderRefused: The words mean nothing; the sentence says what may stand there.
        VenueError: The market or the account could not be looked at.
    """
    book = await exchange.get_order_book(instrument.id)
    held = [one for one in await exchange.get_positions() if one.instrument == instrument.id]
    money = [one for one in await exchange.get_balances() if one.asset == instrument.quote]
    around = Surroundings(
        instrument=replace(instrument, tick_size=book.tick_size),
        best_bid=book.best_bid,
        best_ask=book.best_ask,
        last=book.last_trade_price,
        position=sum((one.quantity for one in held), ZERO),
        entry=held[0].entry_price if held else None,
        free=money[0].available if money else None,
    )
    line = " ".join([ticket.side.value.lower(), size, *(price or [Place.MARKET.value])])
    try:
        meaning = mean(read_phrase(line), around)
    except PhraseError as error:
        raise OrderRefused("NUMBER", f"{line!r}: {error}.") from error
    order = meaning.orders[0]
    if meaning.spec is not None:
        raise OrderRefused("INTENT", "This command places one order; programs are for the console.")
    for change in meaning.changes:
        tell(f"rounded: {change}")
    is_market = not price or price == [Place.MARKET.value]
    return replace(
        ticket,
        size=order.size,
        price=order.price,
        kind=Kind.MARKET if is_market and ticket.kind is Kind.LIMIT else ticket.kind,
        time_in_force=ticket.time_in_force or order.time_in_force,
    )
