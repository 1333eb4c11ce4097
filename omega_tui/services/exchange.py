"""An account that runs itself, wherever code trades; inside the console the runtime composes and runs one.

```python
exchange = ExchangeService(config={"exchange": "bitget"})
await exchange.initialize()
positions = await exchange.get_positions()
await exchange.shutdown()
```
"""

import random
from collections.abc import Callable, Mapping

from omega_tui.bus.local import LocalBus
from omega_tui.clock import SystemClock
from omega_tui.domain.events.status import ServiceState
from omega_tui.domain.instrument import Instrument
from omega_tui.domain.integrity import DataLimits
from omega_tui.errors import StateError
from omega_tui.services.account_service import AccountParts
from omega_tui.services.alone import Alone, log_progress
from omega_tui.services.base import Platform
from omega_tui.services.exchange_calls import ExchangeCalls
from omega_tui.services.exchange_config import read_choice
from omega_tui.services.journal import Journal


class ExchangeService(ExchangeCalls):
    """Orders of one account at one venue, asked and placed by code. Every method belongs to one event loop.

    It makes its own venue, bus and clock; `initialize` starts the body and `shutdown` ends it.

    Args:
        config: What to make, see `exchange_config.ExchangeChoice`.
        rng: For the jitter of pauses and the id of this run.
        progress: Told what a slow start waits for, in sentences.

    Raises:
        ConfigError: A key of `config` is unknown, missing, or not what it may be.
    """

    def __init__(
        self,
        *,
        config: Mapping[str, object],
        rng: random.Random | None = None,
        progress: Callable[[str], None] = log_progress,
    ) -> None:
        # Jitter and run ids, not secrets.
        super().__init__(Platform(LocalBus(), SystemClock()), None, rng=rng or random.Random())  # noqa: S311
        self._alone = Alone(read_choice(config), progress)
        self.venue = self._alone.choice.venue
        self._instruments: dict[str, Instrument] = {}
        self._skew_ms: float | None = None
        self._was_armed = False

    async def initialize(self) -> None:
        """Make and open the venue, read the journal, and start the body, which asks the venue.

        Raises:
            JournalError: Another process has the journal, or what it says cannot be understood.
            ConfigError: The configuration or the credentials are wrong.
            VenueError: The venue does not answer.
            StateError: It runs already.
        """
        alone = self._alone
        if self.state not in {ServiceState.CREATED, ServiceState.FAILED}:
            raise StateError(f"the exchange service is {self.state} and cannot be initialized")
        self.enter(ServiceState.INITIALIZING)
        try:
            parts = await alone.enter(self.platform, self._rng)
            if alone.is_trading and parts.broker is not None:
                self._compose(
                    AccountParts(
                        broker=parts.broker,
                        journal=Journal(alone.journal_folder(), self.platform.clock),
                        risk=alone.risk,
                        data_limits=DataLimits(skew_ms=float(alone.settings.data_state.clock_skew_ms)),
                    )
                )
                await self._prepare()
        except BaseException as error:
            await self._leave()
            self.enter(ServiceState.FAILED, str(error) or type(error).__name__)
            raise
        self.enter(ServiceState.RUNNING)
        if alone.is_trading:
            await alone.start(self.run(), self.name)
            await self._errands.opened()

    async def shutdown(self) -> None:
        if self.state is ServiceState.STOPPED:
            return
        self.enter(ServiceState.STOPPING)
        await self._alone.stop()
        await self._leave()
        self.enter(ServiceState.STOPPED)

    async def _leave(self) -> None:
        """Release everything; the journal before its folder."""
        if self._made is not None:
            await self._release()
        await self._alone.leave()
