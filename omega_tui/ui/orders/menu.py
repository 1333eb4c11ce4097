"""Line 2 of the strip: what each key after a verb would do, with the price it would send. Pure."""

import re
from typing import Final

from omega_tui.domain.commands import PlaceOrder
from omega_tui.domain.side import Side
from omega_tui.domain.snapshot import BookSnapshot
from omega_tui.ui.desk.order_facts import DeskFacts, Menu, MenuItem, Refused
from omega_tui.ui.keys.key_names import written
from omega_tui.ui.keys.keymap import Bind, Context, Keymap
from omega_tui.ui.ladder.frame import PaintedFrame
from omega_tui.ui.ladder.standing_orders import held_here, mirrored_here, orders_here
from omega_tui.ui.orders.build import (
    FLATTEN_PARTS,
    TAKES,
    Built,
    build_flatten,
    build_order,
    cursor_price,
)
from omega_tui.ui.orders.exits import break_even_price
from omega_tui.ui.orders.fill_preview import fill_words
from omega_tui.ui.orders.offers import other_way_out, why_met
from omega_tui.ui.orders.pending import Asked, Pending, Verb
from omega_tui.ui.orders.stops import STOPS, build_stop, with_bracket
from omega_tui.ui.text.words import outcome, price_text, size_text

_NOTHING = "–"  # noqa: RUF001 - a dash, as in a table

_BRIEF: Final = {
    "FIRES_NOW": "not passed",
    "THERE": "is the stop already",
    "NO_SHORT": "no short",
    "NO_ENTRY": "entry not known",
    "LOT": "under one lot",
}
"""Reasons for which the beginning of the sentence is too long for a menu, or not the reason."""

_BRIEF_ORDER: Final = {
    "BRACKET": "no bracket",
    "FIRES_NOW": "fires at once",
    "GROUPED": "rows grouped",
    "NO_CURSOR": "no cursor",
    "OFF_VIEW": "out of view",
    "POST_ONLY": "post-only",
    "PRICE_BOUND": "no such price",
    "REDUCE_ONLY": "reduce-only",
    "SELF_TRADE": "meets your own",
}
"""The same for orders that open."""

_SHORT_WORDS: Final = {
    "markets": "mkts",
    "system": "sys",
    "orders": "ord",
    "positions": "pos",
    "layout": "lay",
    "volume": "vol",
    "levels": "fib",
    "chart": "cht",
    "learn": "lrn",
}


def pending_menu(  # noqa: PLR0911 - one menu per verb
    keymap: Keymap, pending: Pending, frame: PaintedFrame | None, facts: DeskFacts
) -> Menu:
    """Return the objects of a verb that waits."""
    match pending.verb:
        case Verb.BUY | Verb.SELL:
            return order_menu(keymap, Side(pending.verb.value), frame, facts)
        case Verb.CANCEL:
            return cancel_menu(keymap, frame, facts)
        case Verb.FLATTEN:
            return flatten_menu(keymap, frame, facts)
        case Verb.GRAB:
            return grab_menu(keymap, pending, frame, facts)
        case Verb.ARM:
            return Menu(
                "ARM", (MenuItem(keymap.key_of("arm.confirm"), f"lets orders through to {facts.venue}"),)
            )
        case Verb.ALIAS:
            binds = keymap.in_context(Context.OBJECT_ALIAS)
            words = ((bind, bind.tooltip.removeprefix("… ")) for bind in binds)
            return Menu(
                "HOTKEY",
                tuple(MenuItem(_key(bind), text, short=_shorter(text)) for bind, text in words),
                may_spread=True,
            )
        case _:
            return listed_menu(keymap, "GO", Context.GO)


def _shorter(text: str) -> str:
    """Return what a hotkey does without the words that go without saying."""
    for word in ("at the ", " everywhere", " of it"):
        text = text.replace(word, "")
    return text


def question_menu(keymap: Keymap, asked: Asked, facts: DeskFacts, book: BookSnapshot | None) -> Menu:
    """Return the question that waits for Enter, with what the order would get of the book right now."""
    why = asked.offer.why_ask
    send = keymap.key_of("confirm.send")
    placed = [command.request for command in asked.offer.commands if isinstance(command, PlaceOrder)]
    gets = fill_words(placed[0], book, facts.instrument) if len(placed) == 1 else ""
    items = (
        MenuItem(
            send,
            f"sends: {why.replace(TAKES, gets or TAKES)}",
            short=f"sends: {why.replace(TAKES, 'takes now')}",
        ),
        MenuItem(keymap.key_of("entry.drop") or "Esc", "drops"),
    )
    return Menu(asked.offer.text, items, is_question=True)


def order_menu(keymap: Keymap, side: Side, frame: PaintedFrame | None, facts: DeskFacts) -> Menu:
    """Return BUY or SELL with every object resolved to its exact price.

    What would be refused says why where there is room, and the same reason only once.
    """
    bracket = f" {facts.flags.bracket}" if facts.flags.bracket is not None else ""
    reduces = " RO" if facts.flags.reduce_only else ""
    title = f"{side} {size_text(facts.sizing.size)} {outcome(facts.instrument)}{reduces}{bracket}"
    if frame is None or facts.instrument is None:
        return Menu(title, ())
    items: list[MenuItem] = []
    for bind in keymap.in_context(Context.OBJECT_ORDER):
        build = build_stop if bind.id in STOPS else build_order
        built = build(bind.id, side, frame, facts)
        refused = _why_not(built, frame, facts)
        if isinstance(built, Built) and refused is None:
            items.append(_order_item(bind, built, side, facts))
            continue
        assert refused is not None
        why = _BRIEF_ORDER.get(refused.code) or _brief(refused)
        is_told = any(item.text == why for item in items)
        items.append(MenuItem(_key(bind), _NOTHING if is_told else why, enabled=False, short=_NOTHING))
    return Menu(title, tuple(items))


def _why_not(built: Built | Refused, frame: PaintedFrame, facts: DeskFacts) -> Refused | None:
    """Return why what was built would be refused, its bracket included; None when it would not."""
    if isinstance(built, Refused):
        return built
    met = why_met(built.request, facts)
    if met is not None or facts.flags.bracket is None:
        return met
    wrapped = with_bracket(built.request, facts.flags.bracket, frame, facts)
    return wrapped if isinstance(wrapped, Refused) else None


def _order_item(bind: Bind, built: Built, side: Side, facts: DeskFacts) -> MenuItem:
    request = built.request
    sign = "≤" if side is Side.BUY else "≥"
    price = price_text(request.price, facts.instrument)
    short = ""
    match bind.id:
        case "order.cross":
            text = f"{sign}{price}"
        case "order.market":
            text = f"mkt {sign}{price}"
        case "order.stop":
            short = price_text(request.trigger_price, facts.instrument)
            text = f"stop {short} {sign}{price}"
        case "order.stop_limit":
            text, short = f"lim {price}", price
        case _:
            text = price
    return MenuItem(_key(bind), text, short=short)


def cancel_menu(keymap: Keymap, frame: PaintedFrame | None, facts: DeskFacts) -> Menu:
    """Return CANCEL with how many orders each object would cancel."""
    here = orders_here(facts, facts.instrument) if facts.instrument is not None else []
    mirrored = mirrored_here(facts.orders, facts.programs, facts.instrument)
    standing = [order.request for order in here]
    standing += [request for _, request in held_here(facts, facts.instrument)] if facts.instrument else []
    prices = [one.stands_at for one in standing]
    buys = sum(request.side is Side.BUY for request in standing)
    buys += sum(one.request.side is Side.SELL for one in mirrored)
    prices += [one.price for one in mirrored]
    at_cursor = sum(frame is not None and price == frame.cursor_price for price in prices)
    market = [o for o in facts.orders if o.request.instrument == facts.complement] + here
    protective = sum(order.request.is_protective for order in market)
    everywhere = sum(not order.request.is_protective for order in facts.orders)
    counts = {
        "cancel.cursor": f"here {at_cursor}",
        "cancel.buys": f"buys {buys}",
        "cancel.sells": f"sells {len(standing) + len(mirrored) - buys}",
        "cancel.market": f"market {len(market) - protective}",
        "cancel.all": f"all {everywhere}",
        "cancel.last": "last",
        "cancel.protective": f"+{protective} protective",
    }
    binds = keymap.in_context(Context.OBJECT_CANCEL)
    return Menu("CANCEL", tuple(MenuItem(_key(bind), counts[bind.id]) for bind in binds), may_spread=True)


def listed_menu(keymap: Keymap, title: str, context: Context) -> Menu:
    """Return the keys of a context with the last word of their ids."""
    return Menu(
        title,
        tuple(
            MenuItem("1-9" if len(bind.keys) == 9 else _key(bind), word, short=_SHORT_WORDS.get(word, word))
            for bind, word in (
                (bind, bind.id.partition(".")[2].replace("_", " ")) for bind in keymap.in_context(context)
            )
        ),
        may_spread=True,
    )


def flatten_menu(keymap: Keymap, frame: PaintedFrame | None, facts: DeskFacts) -> Menu:
    """Return FLATTEN with the size and the worst price of each part, and the other ways out.

    What would be refused says why, and the same reason only once.
    """
    title = "FLATTEN"
    items: list[MenuItem] = []
    for bind in keymap.in_context(Context.OBJECT_FLATTEN):
        key = _key(bind)
        if frame is None or facts.instrument is None:
            items.append(MenuItem(key, _NOTHING, enabled=False))
        elif bind.id == "flatten.reverse":
            items.append(_reverse_item(key, frame, facts))
        elif bind.id not in FLATTEN_PARTS:
            items.append(_break_even_item(key, frame, facts))
        else:
            built = build_flatten(bind.id, frame, facts)
            if isinstance(built, Refused):
                why = _brief(built)
                is_told = any(item.text == why for item in items)
                items.append(MenuItem(key, _NOTHING if is_told else why, enabled=False))
                continue
            request, part = built.request, FLATTEN_PARTS[bind.id]
            sign = "≥" if request.side is Side.SELL else "≤"
            title = f"FLATTEN {request.side} {sign}{price_text(request.price, facts.instrument)}"
            items.append(MenuItem(key, size_text(request.size), short=f"{part:.0%}" if part < 1 else ""))
    return Menu(title, tuple(items))


def _reverse_item(key: str, frame: PaintedFrame, facts: DeskFacts) -> MenuItem:
    """Return what reverses the position, and where it would be refused, why."""
    built = other_way_out("flatten.reverse", frame, facts)
    if isinstance(built, Refused):
        why = _brief(built)
        return MenuItem(key, f"reverse: {why}", enabled=False, short=why)
    return MenuItem(key, f"reverse {size_text(abs(facts.position) * 2)}", short="reverse")


def _break_even_item(key: str, frame: PaintedFrame, facts: DeskFacts) -> MenuItem:
    """Return the stop to break-even, and where it would be refused, why."""
    price = break_even_price(facts)
    at = "" if price is None else f" {price_text(price, facts.instrument)}"
    built = other_way_out("flatten.break_even", frame, facts)
    if isinstance(built, Refused):
        why = _brief(built)
        return MenuItem(key, f"BE{at}: {why}", enabled=False, short=f"BE: {why}")
    return MenuItem(key, f"BE stop{at}", short=f"BE{at}")


def _brief(refused: Refused) -> str:
    """Return why not in the few cells of a menu; pressing the key says it in a sentence."""
    return _BRIEF.get(refused.code) or re.split("[;:]", refused.text.removeprefix("refused: "))[0]


def grab_menu(keymap: Keymap, grab: Pending, frame: PaintedFrame | None, facts: DeskFacts) -> Menu:
    """Return where the grabbed order would be dropped."""
    known = facts.instrument
    title = f"GRABBED from {price_text(grab.origin, known)}"
    price = cursor_price(frame, known) if frame is not None and known is not None else None
    drop = keymap.key_of("grab.drop")
    abort = MenuItem(keymap.key_of("grab.abort"), "leaves it")
    if price is None or isinstance(price, Refused):
        return Menu(title, (MenuItem(drop, _NOTHING, enabled=False), abort))
    ticks = known.to_ticks(price) - known.to_ticks(grab.origin) if known is not None and grab.origin else 0
    return Menu(
        title,
        (MenuItem(drop, f"drops at {price_text(price, known)} ({ticks:+}t)", enabled=ticks != 0), abort),
    )


def _key(bind: Bind) -> str:
    return written(bind.keys[0])
