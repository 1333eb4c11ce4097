"""The chips of the header and the size of the next order, after a key. Nothing here ever sends. Pure."""

from msgspec.structs import replace

from omega_tui.domain.orders import TimeInForce
from omega_tui.ui.desk.order_facts import BracketTemplate, Decision, DeskFacts, Flags, Reflag, Refused, Resize
from omega_tui.ui.text.words import size_text

_TIF_CYCLE = (TimeInForce.GTC, TimeInForce.IOC, TimeInForce.FOK)


def reflagged(action: str, facts: DeskFacts) -> Decision:
    """Return the flags after the binding `action`.

    Post-only rests, IOC and FOK take, so one ends the other. A bracket opens, so reduce-only ends it and the
    other way round.
    """
    flags = facts.flags
    match action:
        case "flag.post_only":
            flags = replace(flags, post_only=not flags.post_only)
            if flags.post_only and flags.time_in_force is not TimeInForce.GTC:
                flags = replace(flags, time_in_force=TimeInForce.GTC)
        case "flag.reduce_only":
            flags = replace(flags, reduce_only=not flags.reduce_only, bracket=None)
        case "flag.bracket":
            if not facts.templates:
                return Refused("NO_BRACKET", "no bracket is configured: ui.brackets lists them")
            flags = replace(flags, bracket=_next(flags.bracket, facts.templates), reduce_only=False)
        case _:
            after = _TIF_CYCLE[(_TIF_CYCLE.index(flags.time_in_force) + 1) % len(_TIF_CYCLE)]
            flags = replace(
                flags, time_in_force=after, post_only=flags.post_only and after is TimeInForce.GTC
            )
    return Reflag(flags, f"next orders: {flags_text(flags)}")


def flags_text(flags: Flags) -> str:
    """Return the flags in words."""
    words = [flags.time_in_force.value, "post-only" if flags.post_only else "may take"]
    if flags.reduce_only:
        words.append("reduce-only")
    if flags.bracket is not None:
        words.append(f"bracket {flags.bracket}")
    return ", ".join(words)


def _next(now: BracketTemplate | None, templates: tuple[BracketTemplate, ...]) -> BracketTemplate | None:
    if now is None or now not in templates:
        return templates[0]
    after = templates.index(now) + 1
    return templates[after] if after < len(templates) else None


def read_templates(text: str) -> tuple[BracketTemplate, ...]:
    """Return the templates of `ui.brackets`, as `20/10, 40/20`: ticks to the gain, to the loss."""
    pairs = (part.strip().split("/") for part in text.split(",") if part.strip())
    return tuple(BracketTemplate(int(take), int(stop)) for take, stop in pairs)


def resized(action: str, number: int, facts: DeskFacts) -> Decision:
    """Return the size after a digit, `0`, `+` or `-`.

    Args:
        action: The binding.
        number: Of a preset, which one, from 1.
        facts: The desk now.
    """
    sizing = facts.sizing
    if action == "size.preset":
        try:
            sizing = sizing.chosen(number)
        except ValueError as error:
            return Refused("NO_PRESET", str(error))
    elif action == "size.position":
        if facts.position == 0:
            return Refused("NO_POSITION", "there is no position whose size to take")
        sizing = sizing.exactly(abs(facts.position))
    elif facts.instrument is not None:
        sizing = sizing.stepped(1 if action == "size.up" else -1, facts.instrument)
    return Resize(sizing, f"size {size_text(sizing.size)}")
