"""What the prints add up to, and what the line above the tape says of it."""

from decimal import Decimal

from omega_tui.domain.instrument import Instrument
from omega_tui.domain.side import Side
from omega_tui.domain.trade import Trade
from omega_tui.ui.tape_flow import Flow
from omega_tui.ui.tape_rows import TapeModel, tape_heading

D = Decimal
S = 1_000_000_000
YES = Instrument(
    "1001", "sim", "Will it?", D("0.01"), base="YES", quote="pUSD", price_min=D(0), price_max=D(1)
)


def prints():
    sides = ((Side.BUY, "0.50", 30), (Side.SELL, "0.48", 10), (None, "0.49", 5))
    return [
        Trade("1001", D(price), D(size), side, f"t{number}", (100 + number) * S, 0)
        for number, (side, price, size) in enumerate(sides)
    ]


def flow():
    seen = Flow()
    for trade in prints():
        seen = seen.plus(trade)
    return seen


def test_buyers_less_sellers_and_the_average_by_volume():
    seen = flow()
    assert seen.delta == 20, "who crossed is not known of the third"
    assert seen.volume == 45
    assert seen.average == (D(15) + D("4.8") + D("2.45")) / 45
    assert seen.since_ns == 100 * S
    assert Flow().average is None


def test_the_line_above_the_tape_says_as_much_as_fits():
    model = TapeModel(YES, tuple(prints()), flow=flow(), least=D(10))
    wide = tape_heading(model, 60).text
    assert wide.rstrip() == " TAPE from 10 cvd +20.00 vwap 0.494 since 00:01:40"
    for width in (6, 14, 21, 28, 34):
        text = tape_heading(model, width).text
        assert len(text) == width
        assert wide.startswith(text.rstrip()), "nothing is cut in the middle"
    assert tape_heading(TapeModel(YES), 28).text.strip() == "TAPE"
