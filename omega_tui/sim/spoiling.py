"""Frames that go wrong on request: what is sent in the place of a right one. Pure but for the plan's dice."""

import re
from typing import Final, NamedTuple

from omega_tui.sim.clearing import UserEmission
from omega_tui.sim.faults import FaultKind, FaultPlan
from omega_tui.sim.public_book import Emission

_HASH: Final = re.compile(r'"hash":"([0-9a-f]{40})"')
_SIZE: Final = re.compile(r'"size":"([0-9.]+)"')
_AMOUNT: Final = re.compile(r'"(size|matched_amount)":"([0-9.]+)"')
_BUY_PRICE: Final = re.compile(r'"price":"[0-9.]+"(, "size":"[0-9.]+", "side":"BUY")')
_SELL_PRICE: Final = re.compile(r'"price":"[0-9.]+"(, "size":"[0-9.]+", "side":"SELL")')
_LEVEL: Final = re.compile(r'"price":"([0-9.]+)".*?"best_bid":"([0-9.]+)", "best_ask":"([0-9.]+)"')


class Spoiled(NamedTuple):
    """What is sent in the place of one frame.

    Attributes:
        frames: In order; none at all when it is lost.
        delay_s: How late.
    """

    frames: tuple[bytes, ...]
    delay_s: float = 0.0


NOTHING_SENT: Final = Spoiled(())


def is_mute(plan: FaultPlan, assets: tuple[str, ...]) -> bool:
    """Whether nothing is said of these tokens."""
    fault = plan.standing(FaultKind.MUTE)
    return fault is not None and (not fault.asset or fault.asset in assets)


def spoil(emission: Emission, plan: FaultPlan, now_ns: int) -> Spoiled:
    """Return what the faults in force make of a public frame."""
    text = emission.text
    detail = f"{emission.kind} {emission.market_id[:10]}"

    def fires(kind: FaultKind) -> bool:
        return plan.fires(kind, at_ns=now_ns, assets=emission.assets, detail=detail) is not None

    if is_mute(plan, emission.assets) or fires(FaultKind.DROP):
        return NOTHING_SENT
    if emission.kind == "price_change":
        detail = text
        if _is_deep(text) and fires(FaultKind.LOST_LEVEL):
            return NOTHING_SENT
        if fires(FaultKind.CORRUPT):
            text = _SIZE.sub(r'"size":"1\1"', text)
        if fires(FaultKind.CROSS):
            text = _SELL_PRICE.sub(r'"price":"0.01"\1', _BUY_PRICE.sub(r'"price":"0.99"\1', text))
        if fires(FaultKind.WRONG_HASH):
            text = _HASH.sub(lambda found: f'"hash":"{found[1][::-1]}"', text)
    if fires(FaultKind.GARBLE):
        text = text[: len(text) // 2]
    frame = text.encode()
    late = plan.fires(FaultKind.DELAY, at_ns=now_ns, assets=emission.assets, detail=detail)
    if late is not None:
        return Spoiled((frame,), late.seconds)
    return Spoiled((frame, frame) if fires(FaultKind.DUPLICATE) else (frame,))


def spoil_user(emission: UserEmission, plan: FaultPlan, now_ns: int) -> Spoiled:
    """Return what the faults in force make of a frame for a user."""
    text = emission.text

    def fires(kind: FaultKind) -> bool:
        return plan.fires(kind, at_ns=now_ns, path=emission.kind, detail=emission.text) is not None

    if plan.standing(FaultKind.MUTE_USER) or fires(FaultKind.DROP_USER):
        return NOTHING_SENT
    if emission.kind == "trade" and fires(FaultKind.CORRUPT_USER):
        text = _AMOUNT.sub(r'"\1":"1\2"', text)
    frame = text.encode()
    late = plan.fires(FaultKind.DELAY_USER, at_ns=now_ns, path=emission.kind, detail=emission.text)
    if late is not None:
        return Spoiled((frame,), late.seconds)
    return Spoiled((frame, frame) if fires(FaultKind.DUPLICATE_USER) else (frame,))


def _is_deep(text: str) -> bool:
    """Whether a price change is away from the touch of its token."""
    found = _LEVEL.search(text)
    return found is not None and found[1] not in {found[2], found[3]}
