"""The drills that are answered: rows of questions about books and prints, made from a seed.

What is asked is planted, so that the answer is known: no question asks what a real market would do.
"""

from collections.abc import Callable, Mapping
from decimal import ROUND_FLOOR, Decimal
from random import Random
from typing import Final

from omega_tui.domain.lesson_view import BookFrame, BookView, PrintView
from omega_tui.domain.side import Side
from omega_tui.domain.snapshot import BookSnapshot, PriceLevel
from omega_tui.education.drill_scene import TICK, price_of
from omega_tui.education.quiz import Quiz, choice_quiz, number_quiz

Row = tuple[str, tuple[Quiz, ...]]


def _book(rng: Random, mid: int, *, bid: int = 0, ask: int = 0, gap: int = 1) -> BookSnapshot:
    """Return a book; `bid` and `ask` are the sizes of the touch, 0 for any."""
    bids = [PriceLevel(price_of(mid - gap), Decimal(bid or rng.randrange(20, 90)))]
    asks = [PriceLevel(price_of(mid + gap), Decimal(ask or rng.randrange(20, 90)))]
    for level in range(1, 4):
        bids.append(PriceLevel(price_of(mid - gap - level), Decimal(rng.randrange(40, 150))))
        asks.append(PriceLevel(price_of(mid + gap + level), Decimal(rng.randrange(40, 150))))
    return BookSnapshot("drill:A", tuple(bids), tuple(asks), TICK)


def _spot_aggressor(rng: Random) -> Row:
    quizzes = []
    for number in range(20):
        book = _book(rng, rng.randrange(1_800, 2_200))
        buys = rng.random() < 0.5
        price = book.asks[0].price if buys else book.bids[0].price
        trade = PrintView(price, Decimal(rng.randrange(1, 15)), None)
        quizzes.append(
            choice_quiz(
                f"drill-aggressor-{number}",
                f"Bid {book.bids[0].price}, ask {book.asks[0].price}; {trade.size} traded at {price}. Who "
                f"crossed?",
                ("a buyer", "a seller"),
                1 if buys else 2,
                explain=f"{price} was the {'ask' if buys else 'bid'}: that side rested.",
                book=BookView("print", "", (BookFrame(book, "", trade),)),
                lesson="b-03-tape-aggressor",
            )
        )
    return "For each print: who crossed?", tuple(quizzes)


def _call_absorption(rng: Random) -> Row:
    quizzes = []
    for number in range(5):
        mid = rng.randrange(1_800, 2_200)
        hidden, hits = rng.randrange(80, 320), [rng.randrange(15, 50) for _ in range(8)]
        frames, sold, shown = [], 0, 40
        for hit in hits[:5]:
            sold += hit
            refill = rng.randrange(30, 45)
            book = _book(rng, mid, bid=refill)
            trade = PrintView(price_of(mid - 1), Decimal(hit), Side.SELL)
            frames.append(BookFrame(book, f"Sold so far: {sold}.", trade))
        holds = sum(hits) <= hidden + shown
        quizzes.append(
            choice_quiz(
                f"drill-absorption-{number}",
                f"{sold} were sold into the bid at {price_of(mid - 1)} and it is still there. In the next "
                f"seconds it …",
                ("holds", "breaks"),
                1 if holds else 2,
                explain=f"A hidden order of {hidden} stood there; {sum(hits)} were sold in all. Nobody "
                f"could see it.",
                book=BookView("level", "", tuple(frames)),
                lesson="b-05-absorption-icebergs",
            )
        )
    return "For each level that is hit: does it hold or break? Half of it is luck.", tuple(quizzes)


def _iceberg_or_not(rng: Random) -> Row:
    quizzes = []
    for number in range(6):
        mid = rng.randrange(1_800, 2_200)
        is_ice = rng.random() < 0.5
        size, frames, traded = rng.randrange(15, 30), [], 0
        left = 5 * size
        for _ in range(5):
            hit = size if is_ice else rng.randrange(5, size)
            traded += hit
            left -= hit
            shown = size if is_ice else max(left, 1)
            trade = PrintView(price_of(mid - 1), Decimal(hit), Side.SELL)
            frames.append(BookFrame(_book(rng, mid, bid=shown), f"Traded: {traded}.", trade))
        most = max(int(frame.book.bids[0].size) for frame in frames)
        most = max(most, size if is_ice else 5 * size)
        quizzes.append(
            choice_quiz(
                f"drill-iceberg-{number}",
                f"At {price_of(mid - 1)}: {traded} traded, at most {most} were shown at once. A hidden "
                f"order that "
                "refills?",
                ("yes, it traded more than it showed", "no, what was shown is used up"),
                1 if is_ice else 2,
                explain=f"{traded} traded against {most} shown: {Decimal(traded) / most:.1f} times.",
                book=BookView("level", "", tuple(frames)),
                lesson="b-05-absorption-icebergs",
            )
        )
    return "For each level: an iceberg, or a level that is used up?", tuple(quizzes)


def _which_side_pulls(rng: Random) -> Row:
    quizzes = []
    for number in range(6):
        mid = rng.randrange(1_800, 2_200)
        bids = rng.random() < 0.5
        wall = rng.randrange(300, 700)
        frames = [
            BookFrame(_book(rng, mid, bid=wall if bids else 0, ask=0 if bids else wall), "Before."),
            BookFrame(
                _book(rng, mid, bid=20 if bids else 0, ask=0 if bids else 20), "After; nothing traded."
            ),
        ]
        quizzes.append(
            choice_quiz(
                f"drill-pulls-{number}",
                "Size left the book without a trade. On which side?",
                ("the bids", "the asks"),
                1 if bids else 2,
                explain=f"{wall - 20} left the {'bid' if bids else 'ask'}. Why, the book does not say.",
                book=BookView("pull", "", tuple(frames)),
                lesson="b-06-sweeps-pulling",
            )
        )
    return "For each pair of pictures: which side pulls?", tuple(quizzes)


def _yes_or_no(rng: Random) -> Row:
    quizzes = []
    for number in range(6):
        ask_yes = Decimal(rng.randrange(20, 80)) / 100
        step = Decimal(rng.choice((-3, -2, -1, 1, 2, 3))) / 100
        bid_no = 1 - ask_yes + step
        around = 1 - bid_no
        quizzes.append(
            choice_quiz(
                f"drill-mirror-{number}",
                f"YES is offered at {ask_yes}, NO is bid at {bid_no}. You want to own YES: which way "
                f"costs less?",
                ("buying YES", "splitting one unit and selling NO"),
                1 if ask_yes < around else 2,
                explain=f"Directly {ask_yes}, around 1 - {bid_no} = {around}.",
                lesson="m-02-parity",
            )
        )
    return "Six times: which of the two mirror orders is cheaper?", tuple(quizzes)


def _size_from_atr(rng: Random) -> Row:
    quizzes = []
    for number in range(5):
        equity = Decimal(rng.randrange(5, 60) * 1_000)
        atr = Decimal(rng.randrange(4, 60)) / 4
        units = (equity * Decimal("0.005") / (2 * atr)).to_integral_value(ROUND_FLOOR)
        quizzes.append(
            number_quiz(
                f"drill-size-{number}",
                f"Equity {equity}, half a percent at risk, the stop two ATR away, ATR {atr}. How many units?",
                units,
                units / 10,
                unit="units",
                explain=f"{equity * Decimal('0.005')} / (2 x {atr}) = {units}, rounded down.",
                lesson="r-02-atr-stops",
            )
        )
    return "Five times in the head; ten percent off is right.", tuple(quizzes)


QUESTIONS: Final[Mapping[str, Callable[[Random], Row]]] = {
    "spot-aggressor": _spot_aggressor,
    "call-absorption": _call_absorption,
    "iceberg-or-not": _iceberg_or_not,
    "which-side-pulls": _which_side_pulls,
    "yes-or-no": _yes_or_no,
    "size-from-atr": _size_from_atr,
}
"""Drills that are answered by choices and numbers."""

LEAST_RIGHT: Final[Mapping[str, int]] = {
    "spot-aggressor": 18,
    "call-absorption": 4,
    "iceberg-or-not": 5,
    "which-side-pulls": 6,
    "yes-or-no": 5,
    "size-from-atr": 4,
}
"""How many answers must be right."""
