"""What a trader changes of the limits by typing: a limit until the next start, a check passed once.

Both are written down. A limit reverts by itself, since the next start reads the configuration, and none goes
beyond the ceilings that are compiled in. A check is passed by the next order of one instrument alone.
"""

from collections.abc import Callable, Mapping
from dataclasses import Field, fields, replace
from typing import Any, Final

import msgspec

from omega_tui.clock import Clock
from omega_tui.config.risk import RiskConfig
from omega_tui.domain.events.status import Severity
from omega_tui.domain.risk_view import RiskLimits
from omega_tui.errors import OrderRefused
from omega_tui.services.journal import Entry, Journal
from omega_tui.settings import BadValueError, Setting, allowed, from_text
from omega_tui.units import NS_PER_S

TYPED_LIMIT: Final = "typed_limit"
PASSED_ONCE: Final = "passed_once"
"""The journal's words."""

PASS_S: Final = 60
"""So long a check may be passed after it was typed."""

PASSES: Final[Mapping[str, str]] = {"unknown": "UNKNOWN_ORDER_PRESENT", "collar": "PRICE_COLLAR"}
"""What may be passed, as it is typed: an order in doubt here, and a book without any price to judge by."""

LIMITS: Final = frozenset(name for name in vars(RiskLimits) if not name.startswith("_"))
"""The settings that are limits of an order; the others are not changed while it runs."""


class TypedRisk:
    """What was typed for one venue since its service started.

    Args:
        configured: The limits of the configuration.
        venue: Its name.
        clock: For how long a pass lasts.
        journal: Keeps what was typed.
        use: Takes the limits that are in force from now on.
        tell: Puts a sentence into the trader's log: severity, code, text.
    """

    def __init__(  # noqa: PLR0913 - what it joins
        self,
        configured: RiskConfig,
        *,
        venue: str,
        clock: Clock,
        journal: Journal,
        use: Callable[[RiskConfig], None],
        tell: Callable[[Severity, str, str], None],
    ) -> None:
        self._now = configured
        self._venue = venue
        self._clock = clock
        self._journal = journal
        self._use = use
        self._tell = tell
        self._passes: dict[tuple[str, str], int] = {}

    def set_limit(self, name: str, text: str) -> None:
        """Change a limit until the next start.

        Raises:
            OrderRefused: There is no such limit, or it may not be that.
        """
        found = {one.name: one for one in fields(self._now) if one.name in LIMITS}
        if name not in found:
            known = ", ".join(sorted(found))
            raise OrderRefused("LIMIT", f"There is no limit {name[:40]!r}: {known}.")
        old = getattr(self._now, name)
        try:
            value = from_text(_spec(found[name]), old, text, home="")
        except BadValueError:
            may_be = allowed(_spec(found[name]), old)
            raise OrderRefused("LIMIT", f"{name} cannot be {text[:40]!r}: {may_be}.") from None
        self._write(TYPED_LIMIT, (name, str(old), str(value)))
        self._now = replace(self._now, **{name: value})
        self._use(self._now)
        text = f"{self._venue}: {name} is {value} now, it was {old}; the next start takes the configured one."
        self._tell(Severity.WARNING, "LIMIT", text)

    def let_pass(self, word: str, instrument: str) -> None:
        """Let the next order of an instrument pass one check.

        Raises:
            OrderRefused: That check cannot be passed.
        """
        code = PASSES.get(word)
        if code is None:
            raise OrderRefused("PASS", f"No check {word[:40]!r} can be passed: {', '.join(PASSES)}.")
        self._write(PASSED_ONCE, (code, instrument))
        self._passes[instrument, code] = self._clock.mono_ns() + PASS_S * NS_PER_S
        text = f"{self._venue}: the next order here within {PASS_S} s passes {code}."
        self._tell(Severity.WARNING, "PASS", text)

    def passes(self, instrument: str) -> frozenset[str]:
        """Return the checks that an order of an instrument passes now."""
        now_ns = self._clock.mono_ns()
        found = self._passes.items()
        return frozenset(
            code for (where, code), until_ns in found if where == instrument and now_ns < until_ns
        )

    def used(self, instrument: str) -> None:
        """Take note that an order has left: what it passed is not passed again."""
        for key in [key for key in self._passes if key[0] == instrument]:
            del self._passes[key]

    def _write(self, kind: str, body: object) -> None:
        self._journal.append(Entry(self._clock.now_ns(), self._venue, "", kind, msgspec.json.encode(body)))


def _spec(one: "Field[Any]") -> Setting:
    spec = one.metadata["setting"]
    assert isinstance(spec, Setting), "every limit is a setting"
    return spec
