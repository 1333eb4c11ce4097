"""Line 2 of the strip: what each key after a verb would do, with the price it would send. Pure."""

from omega_tui.domain.side import Side
from omega_tui.ui.frame import PaintedFrame
from omega_tui.ui.keymap import Context, Keymap, key_name
from omega_tui.ui.order_build import FLATTEN_PARTS, Built, build_flatten, build_order, orders_here
from omega_tui.ui.order_facts import DeskFacts, Menu, MenuItem
from omega_tui.ui.words import outcome, price_text, size_text


def order_menu(keymap: Keymap, side: Side, frame: PaintedFrame | None, facts: DeskFacts) -> Menu:
    """Return BUY or SELL with every object resolved to its exact price."""
    size = size_text(facts.sizing.size)
    title = f"{side} {size} {outcome(facts.instrument)}"
    items = []
    for bind in keymap.binds:
        if bind.context is Context.OBJECT_ORDER and frame is not None and facts.instrument is not None:
            built = build_order(bind.id, side, frame, facts)
            taking = bind.id in {"order.cross", "order.market"}
            sign = ("≤" if side is Side.BUY else "≥") if taking else ""
            if isinstance(built, Built):
                price = price_text(built.request.price, facts.instrument)
                word = "mkt " if bind.id == "order.market" else ""
                items.append(MenuItem(key_name(bind.keys[0]), f"{word}{sign}{price}"))
            else:
                items.append(MenuItem(key_name(bind.keys[0]), "–", enabled=False))  # noqa: RUF001
    return Menu(title, tuple(items))


def cancel_menu(keymap: Keymap, frame: PaintedFrame | None, facts: DeskFacts) -> Menu:
    """Return CANCEL with how many orders each object would cancel."""
    here = orders_here(facts, facts.instrument) if facts.instrument is not None else []
    buys = sum(order.request.side is Side.BUY for order in here)
    at_cursor = sum(frame is not None and order.request.price == frame.cursor_price for order in here)
    market = sum(o.request.instrument == facts.complement for o in facts.orders) + len(here)
    counts = {
        "cancel.cursor": f"here {at_cursor}",
        "cancel.buys": f"buys {buys}",
        "cancel.sells": f"sells {len(here) - buys}",
        "cancel.market": f"market {market}",
        "cancel.all": f"all {len(facts.orders)}",
        "cancel.last": "last",
    }
    items = tuple(
        MenuItem(key_name(bind.keys[0]), counts[bind.id])
        for bind in keymap.binds
        if bind.context is Context.OBJECT_CANCEL
    )
    return Menu("CANCEL", items)


def listed_menu(keymap: Keymap, title: str, context: Context) -> Menu:
    """Return the keys of a context with the last word of their ids."""
    return Menu(
        title,
        tuple(
            MenuItem(key_name(bind.keys[0]), bind.id.partition(".")[2])
            for bind in keymap.binds
            if bind.context is context
        ),
    )


def flatten_menu(frame: PaintedFrame | None, facts: DeskFacts) -> Menu:
    """Return FLATTEN with the size and the worst price of each part."""
    title = "FLATTEN"
    items = []
    for action, key in zip(FLATTEN_PARTS, ("Enter", "1", "2", "3"), strict=True):
        built = build_flatten(action, frame, facts) if frame is not None and facts.instrument else None
        if not isinstance(built, Built):
            items.append(MenuItem(key, "–", enabled=False))  # noqa: RUF001
            continue
        request = built.request
        sign = "≥" if request.side is Side.SELL else "≤"
        title = f"FLATTEN {request.side} {sign}{price_text(request.price, facts.instrument)}"
        items.append(MenuItem(key, size_text(request.size)))
    return Menu(title, tuple(items))
