"""What an exchange service needs when nobody composed it: a venue, a folder, and an owner of its body."""

import logging
import os
import random
import tempfile
from collections.abc import Callable, Coroutine
from contextlib import AsyncExitStack
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Final

from omega_tui.config.folders import state_folder
from omega_tui.config.loading import load_config
from omega_tui.config.model import OmegaConfig
from omega_tui.config.risk import RiskConfig
from omega_tui.services.background import Background
from omega_tui.services.base import Platform
from omega_tui.services.exchange_config import ExchangeChoice, VenueParts
from omega_tui.venues.credentials import POLYMARKET

PRACTICE_POSITION: Final = Decimal(500_000)
PRACTICE_GROSS: Final = Decimal(1_000_000)
"""Where coins are given to practise with: holding them must not forbid to buy. Configured limits stay."""

_LOGGER = logging.getLogger(__name__)


def log_progress(text: str) -> None:
    """Note what is being waited for where nobody is told."""
    _LOGGER.info("%s", text)


def risk_of(choice: ExchangeChoice, settings: OmegaConfig) -> RiskConfig:
    """Return the limits of a venue."""
    if choice.is_real:
        return settings.risk_live
    risk = settings.risk
    if choice.exchange == POLYMARKET:
        return risk
    usual = RiskConfig()
    if risk.max_position_notional == usual.max_position_notional:
        risk = replace(risk, max_position_notional=PRACTICE_POSITION)
    if risk.max_gross_notional == usual.max_gross_notional:
        risk = replace(risk, max_gross_notional=PRACTICE_GROSS)
    return risk


class Alone:
    """Owns what belongs to one stand-alone service between `enter` and `leave`.

    Attributes:
        choice: What was asked for.
        parts: The venue; None while nothing is entered.
        settings: Limits and addresses in force.
    """

    def __init__(self, choice: ExchangeChoice, progress: Callable[[str], None]) -> None:
        self.choice = choice
        self.parts: VenueParts | None = None
        self.settings = OmegaConfig()
        self._progress = progress
        self._stack = AsyncExitStack()
        self._background = Background()

    @property
    def risk(self) -> RiskConfig:
        """The limits of this venue."""
        return risk_of(self.choice, self.settings)

    @property
    def is_trading(self) -> bool:
        """Whether orders can be sent at all: there is an account, and not only questions were asked for."""
        return self.parts is not None and self.parts.broker is not None and not self.choice.read_only

    async def enter(self, platform: Platform, rng: random.Random) -> VenueParts:
        """Make and open the venue.

        Raises:
            ConfigError: The configuration or the credentials are wrong.
            VenueError: The venue does not answer.
        """
        # The console composes its own venue and need not pay for the import of every other.
        from omega_tui.services.venue_factory import enter_venue  # noqa: PLC0415

        choice = self.choice
        self.settings = choice.settings or load_config(path=None, environ=os.environ, flags={}).config
        state = choice.state_dir or state_folder(self.settings.storage, os.environ)
        self.choice = choice = replace(choice, state_dir=state)
        parts = await enter_venue(
            choice, self.settings, platform, self._stack, rng=rng, progress=self._progress
        )
        self._stack.push_async_callback(parts.data.close)
        if parts.broker is not None:
            self._stack.push_async_callback(parts.broker.close)
            await parts.broker.open()
        await parts.data.open()
        self.parts = parts
        return parts

    def journal_folder(self) -> Path:
        """Return the folder of the account; one that ends with this service where nothing outlives it."""
        assert self.parts is not None, "entered before"
        assert self.choice.state_dir is not None, "settled by enter"
        if self.parts.account:
            return self.choice.state_dir / self.choice.venue / self.parts.account
        return Path(self._stack.enter_context(tempfile.TemporaryDirectory(prefix="omega-tui-")))

    async def start(self, body: Coroutine[None, None, None], name: str) -> None:
        """Run the body of the service until `leave`."""
        await self._background.start(body, name)

    async def stop(self) -> None:
        """End the body."""
        await self._background.stop()

    async def leave(self) -> None:
        """Close everything that `enter` opened."""
        self.parts = None
        stack, self._stack = self._stack, AsyncExitStack()
        await stack.aclose()
