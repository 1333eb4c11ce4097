"""Questions that are arithmetic: with the trader's own numbers where they are there, made ones otherwise."""

from decimal import ROUND_HALF_EVEN, Decimal
from random import Random
from typing import Final

from omega_tui.domain.instrument import ONE, InstrumentKind
from omega_tui.domain.on_screen import OnScreen
from omega_tui.domain.side import Side
from omega_tui.education.numbers_text import percent, write
from omega_tui.education.quiz import Quiz, number_quiz
from omega_tui.education.risk import liquidation_price, position_size

MADE_LOT: Final = Decimal("0.01")
FRACTIONS: Final = (Decimal("0.0025"), Decimal("0.005"), Decimal("0.01"))
LEVERAGES: Final = tuple(map(Decimal, (2, 3, 5, 10, 20, 25)))
MAINTENANCE: Final = Decimal("0.005")


def size_it(rng: Random, card: str, lesson: str, screen: OnScreen) -> Quiz:
    """Ask how much may be bought or sold for a risk: of the own equity, from the cursor to the own stop."""
    fraction = rng.choice(FRACTIONS)
    equity, entry, stop = screen.equity, screen.price, screen.stop
    lot, unit = screen.lot, screen.unit or "units"
    if equity is None or entry is None or stop is None or not _allows(screen, min(FRACTIONS)):
        equity, entry, stop = _made(rng)
        lot, unit = MADE_LOT, "units"
    sizing = position_size(equity=equity, entry=entry, stop=stop, lot=lot, fraction=fraction)
    distance = abs(entry - stop)
    word = "long" if stop < entry else "short"
    return number_quiz(
        card,
        f"Equity {equity:,f}, risk {percent(fraction)} of it, {word} from {entry:,f} with the stop at "
        f"{stop:,f}, lots of {lot:f}, no fees. How many {unit}?",
        sizing.quantity,
        max(lot, sizing.quantity / 20),
        shown=f"{sizing.quantity:,f}",
        unit=unit,
        explain=f"{equity:,f} x {fraction} = {write(sizing.budget, '2')} to lose; each unit loses "
        f"{distance:,f}; {write(sizing.budget, '2')} / {distance:,f}, rounded down to the lot, is "
        f"{sizing.quantity:,f}.",
        hint="Money to lose, divided by what one unit loses at the stop.",
        step=lot,
        lesson=lesson,
    )


def _allows(screen: OnScreen, fraction: Decimal) -> bool:
    """Whether the own numbers come to a question: a risk of at least some lots, and a stop that is one."""
    equity, entry, stop = screen.equity, screen.price, screen.stop
    if equity is None or entry is None or stop is None or min(equity, entry, stop) <= 0 or entry == stop:
        return False
    return equity * fraction / abs(entry - stop) >= 5 * screen.lot


def _made(rng: Random) -> tuple[Decimal, Decimal, Decimal]:
    equity = Decimal(rng.randrange(20, 500)) * 100
    entry = Decimal(rng.randrange(400, 6_000)) / 10
    distance = (entry * Decimal(rng.randrange(5, 40)) / 1_000).quantize(Decimal("0.1"), ROUND_HALF_EVEN)
    return equity, entry, entry - rng.choice((1, -1)) * distance


def liquidation_guess(rng: Random, card: str, lesson: str, screen: OnScreen) -> Quiz:
    """Ask where a position on margin is liquidated: from the own price, where that is no share of one."""
    own = screen.price if screen.price is not None and screen.price > ONE else None
    entry = own if own is not None else Decimal(rng.randrange(100, 3_000)) * 10
    leverage = screen.leverage if screen.leverage > ONE else rng.choice(LEVERAGES)
    side = rng.choice((Side.BUY, Side.SELL))
    exact = liquidation_price(InstrumentKind.LINEAR, side, entry, leverage=leverage, maintenance=MAINTENANCE)
    step = (screen.tick if own is not None else None) or Decimal("0.1")
    price = exact.quantize(step, ROUND_HALF_EVEN)
    word, sign = ("long", "-") if side is Side.BUY else ("short", "+")
    return number_quiz(
        card,
        f"A linear {word} from {entry:,f} with a leverage of {leverage:f}, isolated, maintenance "
        f"{percent(MAINTENANCE)}, no fees: about where is it liquidated?",
        price,
        entry / leverage / 10,
        shown=f"{price:,f}",
        explain=f"E (1 {sign} 1/L) / (1 {sign} m) = {entry:,f} x (1 {sign} 1/{leverage:f}) / (1 {sign} "
        f"{MAINTENANCE}) = {price:,f}: {percent(abs(exact / entry - 1))} away.",
        hint="One part in L of the price is the margin.",
        step=step,
        lesson=lesson,
    )
