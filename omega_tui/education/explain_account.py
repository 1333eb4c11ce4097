"""What the things of an account look like in words: orders, positions, results, refusals."""

from omega_tui.domain.break_even import break_even
from omega_tui.domain.instrument import ZERO, in_ticks
from omega_tui.domain.side import Side
from omega_tui.domain.teaching import (
    OrderRow,
    PnlCell,
    PositionRow,
    Refusal,
)
from omega_tui.education.catalog import Catalogue
from omega_tui.education.coach import CoachView, Held, findings
from omega_tui.education.explain_market import Parts
from omega_tui.education.key_words import KEYS
from omega_tui.education.numbers_text import write
from omega_tui.education.refusal_words import HERE, UNKNOWN, VENUE
from omega_tui.education.search import words_of


def order_row(context: OrderRow) -> Parts:
    """Return what there is to say of an own order."""
    order, request = context.order, context.order.request
    kind = (
        f"stop at {request.trigger_price:,f}"
        if request.trigger_price is not None
        else request.order_type.lower()
    )
    see = [
        (
            f"{_verb(request.side)} {request.size:,f} at {request.price:,f} ({kind}, "
            f"{request.time_in_force}): "
            f"{order.status.lower().replace('_', ' ')}, {order.filled:,f} filled."
        )
    ]
    flags = [
        word for word, on in (("post-only", request.post_only), ("reduce-only", request.reduce_only)) if on
    ]
    if flags:
        see.append(f"It is {' and '.join(flags)}.")
    computed = [f"Remaining: {request.size:,f} - {order.filled:,f} = {order.remaining:,f}."]
    if context.ahead is not None:
        see.append(f"About {context.ahead:,f} stand ahead of it in the queue.")
        computed.append("Ahead: what was there when it arrived, minus what traded; cancels may lower it.")
    book = context.book
    if book is not None and book.best_bid is not None and book.best_ask is not None:
        touch = book.best_bid if request.side.sign > 0 else book.best_ask
        away = (touch - request.price) * request.side.sign / book.tick_size
        see.append(
            f"It is {in_ticks(abs(away))} {'behind' if away >= 0 else 'better than'} the touch of its side."
        )
    wrong = ["What is shown is what the venue last said; a fill may be on its way."]
    lesson = "b-02-ladder-queue"
    if order.status.value == "UNKNOWN":
        wrong.insert(
            0, "Its outcome is unknown: it may or may not exist. The venue is asked; it is not sent again."
        )
        lesson = "c-02-paper-live"
    elif request.trigger_price is not None:
        wrong.append("The trigger is not the price: what a stop trades at is the book of that moment.")
        lesson = "o-03-stops"
    elif request.reduce_only:
        lesson = "o-04-reduce-only-bracket"
    elif request.post_only or request.time_in_force.value != "GTC":
        lesson = "o-02-post-only-ioc"
    return Parts("Order", tuple(see), tuple(computed), tuple(wrong), lesson)


def position_row(context: PositionRow) -> Parts:
    """Return what there is to say of an own position."""
    position = context.position
    word = "long" if position.quantity > 0 else "short" if position.quantity < 0 else "flat"
    entry = position.entry_price
    at = "" if entry is None else f" from {entry.normalize():,f}"
    size = f" {abs(position.quantity):,f}" if position.quantity else ""
    see, computed = [f"{word.title()}{size}{at}."], []
    even = break_even(position, context.instrument)
    if even is not None:
        computed.append(
            f"Break-even: entry + (fees - realized) / size, and the fee of closing there = "
            f"{write(even, '4')}; fees so far {position.fees:,f}."
        )
    lesson = "r-01-r-and-size"
    if context.mark is not None and context.instrument is not None and position.quantity:
        held = Held(
            position=position,
            instrument=context.instrument,
            mark=context.mark,
            orders=context.orders,
            atr=context.atr,
            leverage=context.leverage,
            maintenance=context.maintenance,
            venue_liquidation=context.venue_liquidation,
        )
        pnl = position.unrealized_pnl(context.mark)
        if pnl is not None:
            see.append(f"Open result at {context.mark:,f}: {pnl:+,f}.")
            computed.append(
                f"(mark - entry) x size = ({context.mark:,f} - {entry:,f}) x {position.quantity:,f}."
            )
        found = findings(CoachView(now_ns=0, equity=context.equity, held=(held,)))
        see += [finding.text for finding in found]
        computed += [
            f"{finding.metric[0].upper()}{finding.metric[1:]}: {finding.formula}." for finding in found
        ]
        if found:
            lesson = found[0].lesson
        elif held.is_binary:
            lesson = "m-04-max-loss-time"
    if not computed:
        computed.append(
            "Fills add up: buying raises the size, selling lowers it; the entry is their average."
        )
    return Parts(
        "Position",
        tuple(see),
        tuple(computed),
        (
            "The mark is a price at which nothing of this size need trade.",
            "Where the venue states its own margin and liquidation, its numbers go before ours.",
        ),
        lesson,
    )


def pnl_cell(context: PnlCell) -> Parts:
    """Return what there is to say of a result."""
    see, computed, lesson = [], [], "r-03-expectancy"
    position = context.position
    if position is not None:
        see.append(f"Realized {position.realized_pnl:+,f}, fees {position.fees:,f}.")
        computed.append(
            "Realized: for what was closed, (exit - average entry) x size; fees are counted apart."
        )
        pnl = position.unrealized_pnl(context.mark) if context.mark is not None else None
        if pnl is not None and context.mark is not None:
            see.append(f"Open at {context.mark:,f}: {pnl:+,f}.")
            computed.append(
                f"Open: (mark - entry) x size = {pnl:+,f}; nothing of it is yours before it is closed."
            )
    if context.day is not None:
        see.append(f"Result of the day: {context.day:+,f}.")
        computed.append("Day: realized since its beginning, fees taken off, plus what is open.")
        if context.day_limit:
            used = max(ZERO, -context.day) / context.day_limit
            see.append(f"{write(used, '0%')} of the loss limit of {context.day_limit:,f} is used.")
            lesson = "d-03-tilt-loss-limit"
    if not see:
        see.append("No result is known yet.")
        computed.append("It needs a fill, and a price to value it with.")
    return Parts(
        "Profit and loss",
        tuple(see),
        tuple(computed),
        (
            "In money trades of different size cannot be compared; in R they can.",
            "A mark from a wide or stale book can be far from what closing brings.",
        ),
        lesson,
    )


def refusal(context: Refusal, catalogue: Catalogue) -> Parts:
    """Return what there is to say of a refusal."""
    code = context.code
    lesson = catalogue.for_code(code)
    see = [f"{code}: {context.text}" if context.text else code]
    if context.order is not None:
        request = context.order.request
        see.append(f"The order: {_verb(request.side).lower()} {request.size:,f} at {request.price:,f}.")
    meaning = HERE.get(code) or KEYS.get(code) or VENUE.get(code)
    if not context.had_left:
        where = "The keys refused it: nothing was made, and nothing left."
    elif code in HERE:
        where = "It was refused here, before anything left: no order exists."
    elif code in UNKNOWN:
        where = "The answer is missing: the order may or may not exist until the venue has been asked."
    else:
        where = "The venue refused it: it was sent, and nothing was accepted."
    see.append(where)
    rule = meaning.rule if meaning else "No rule of ours: the venue's own words stand above."
    wrong = [
        meaning.remedy if meaning else "Read the venue's sentence; its own documentation knows its codes."
    ]
    if code in UNKNOWN:
        rule = "Bytes may have left and no usable answer came."
        wrong = ["Sending it again could place it twice. The console asks; wait for its state."]
    if context.instrument is not None:
        rule += f" Tick {context.instrument.tick_size}, lot {context.instrument.lot_size}."
    found = lesson.id if lesson is not None else _nearest(context, catalogue)
    return Parts(f"Refusal {code}", tuple(see), (rule,), tuple(wrong), found)


def _nearest(context: Refusal, catalogue: Catalogue) -> str:
    """Return the lesson nearest to the words of a code that no lesson names."""
    words = " ".join(words_of(f"{context.code.replace('_', ' ')} {context.text}"))
    found = catalogue.find(words, limit=1)
    return found[0][0] if found else "c-02-paper-live"


def _verb(side: Side) -> str:
    """Return the side as a description: an imperative would read as advice."""
    return "Buying" if side is Side.BUY else "Selling"
