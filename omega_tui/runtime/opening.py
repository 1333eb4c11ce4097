"""Opening a venue while the console runs: compose its services and start them beside those that run."""

import asyncio
import importlib
import random
import tempfile
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from omega_tui.clock import Clock
from omega_tui.domain.data_limits import data_limits
from omega_tui.errors import SimError, VenueUnreachable
from omega_tui.private_files import make_private_folder
from omega_tui.runtime.compose import Adopt, Plan, at_polymarket, compose_at
from omega_tui.runtime.lineup import POLYMARKET, VenueSpec
from omega_tui.runtime.listings import embedded_listing, listing_on_disk
from omega_tui.services.account_service import AccountParts, AccountService
from omega_tui.services.alone import risk_of
from omega_tui.services.base import Platform
from omega_tui.services.exchange_config import ExchangeChoice
from omega_tui.services.journal import Journal
from omega_tui.services.streaming import StreamingService
from omega_tui.services.venues import Listing, Opened, Progress, Stand
from omega_tui.venues.rate_gate import RateLines

if TYPE_CHECKING:
    from omega_tui.services.venue_factory import EmbeddedCoins, LibraryAccount


class Opener:
    """Opens the venues of one console. What they stand on lives as long as `stack`.

    Args:
        plan: What the console is to run.
        platform: Bus and clock.
        stack: Left after every service has stopped.
        adopt: Starts services.
    """

    def __init__(self, plan: Plan, platform: Platform, stack: AsyncExitStack, adopt: Adopt) -> None:
        self._plan = plan
        self._platform = platform
        self._stack = stack
        self._adopt = adopt
        self._specs = {spec.name: spec for spec in plan.lineup}
        self._rng = random.Random()  # noqa: S311 - jitter and run ids, not secrets
        self._embedded: dict[str, EmbeddedCoins] = {}
        self._lines = RateLines()
        self._one_at_a_time = asyncio.Lock()

    async def open(self, venue: str, progress: Progress) -> Opened:
        """Start the services of a venue of the line-up.

        Raises:
            ConfigError: Its credentials are wrong.
            VenueUnreachable: The embedded exchange cannot be started.
        """
        spec = self._specs[venue]
        async with self._one_at_a_time:  # Two account types share the embedded exchange.
            try:
                if spec.exchange == POLYMARKET:
                    return await self._open_polymarket(spec)
                return await self._open_library(spec, progress)
            except SimError as error:
                raise VenueUnreachable(str(error), venue=venue, code="NOT_SENT") from error

    async def _open_polymarket(self, spec: VenueSpec) -> Opened:
        access = await at_polymarket(self._plan, spec, self._platform, self._stack)
        services = compose_at(replace(self._plan, record=None, trades=spec.trades), access, self._platform)
        await self._adopt(services)
        feed = next(service for service in services if isinstance(service, StreamingService))
        return Opened(feed, spec.why_view_only or ("" if access.account is not None else why_no_keys(spec)))

    async def _open_library(self, spec: VenueSpec, progress: Progress) -> Opened:
        account = await self._account(spec, progress)
        # Its import brings in what an exchange of the library needs, and nothing else does.
        from omega_tui.services.ccxt_streaming import CcxtStreamingService  # noqa: PLC0415

        session = account.session
        self._stack.push_async_callback(session.close)
        for secret in session.account.credentials.values():
            self._plan.redactor.add(secret)
        feed = CcxtStreamingService(
            self._platform,
            session,
            rng=self._rng,
            has_account=account.has_keys,
            watches_first=spec is self._plan.lineup[0],
        ).of(spec.name)
        if not account.has_keys:
            await self._adopt([feed])
            return Opened(feed, spec.why_view_only or why_no_keys(spec))
        await self._adopt([await self._exchange(spec, account), feed])
        return Opened(feed)

    async def _account(self, spec: VenueSpec, progress: Progress) -> "LibraryAccount":
        await asyncio.to_thread(importlib.import_module, "omega_tui.services.venue_factory")
        from omega_tui.services.venue_factory import (  # noqa: PLC0415 - imported just now, off the loop
            embedded_coins,
            enter_library,
            keys_of,
        )

        config = self._plan.loaded.config
        choice = choice_of(spec, self._plan)
        if spec.is_embedded:
            embedded = self._embedded.get(spec.exchange)
            if embedded is None:
                made = embedded_coins(spec.exchange, config, self._platform)
                embedded = self._embedded[spec.exchange] = await self._stack.enter_async_context(made)
            choice = replace(choice, sandbox=embedded.base_url, credentials=keys_of(embedded))
        return await enter_library(
            choice,
            config,
            self._platform,
            self._stack,
            progress,
            wants_keys=spec.trades,
            lines=self._lines,
        )

    async def _exchange(self, spec: VenueSpec, account: "LibraryAccount") -> AccountService:
        from omega_tui.venues.ccxt_broker import CcxtBroker  # noqa: PLC0415 - as above

        plan = self._plan
        return AccountService(
            self._platform,
            AccountParts(
                broker=CcxtBroker(account.session, is_live=spec.is_live, shares_session=True),
                journal=Journal(
                    await asyncio.to_thread(self._folder, spec, account.name), self._platform.clock
                ),
                risk=risk_of(choice_of(spec, plan), plan.loaded.config),
                data_limits=data_limits(plan.loaded.config.data_state),
                no_arming=plan.no_arming,
                accounts=plan.accounts,
                # One key of an exchange is one account there, whatever the account type that begins the name.
                account=f"{spec.exchange}/{spec.sandbox}/{account.name.partition('-')[2]}",
            ),
            rng=self._rng,
        ).of(spec.name)

    def _folder(self, spec: VenueSpec, account: str) -> Path:
        """Return the folder of an account's journal; what is embedded here ends with this process."""
        if spec.is_embedded:
            return Path(self._stack.enter_context(tempfile.TemporaryDirectory(prefix="omega-tui-")))
        folder = self._plan.state / spec.name / account
        make_private_folder(folder)
        return folder


def choice_of(spec: VenueSpec, plan: Plan) -> ExchangeChoice:
    """Return a venue of the line-up in the words of the exchange service."""
    return ExchangeChoice(
        exchange=spec.exchange,
        account_type=spec.account_type or "spot",
        sandbox=spec.sandbox,
        credentials_file=Path(spec.credentials_file).expanduser() if spec.credentials_file else None,
        live=spec.is_live,
        state_dir=plan.state,
        settings=plan.loaded.config,
        name=spec.name,
    )


def why_no_keys(spec: VenueSpec) -> str:
    """Return why nothing can be ordered at a venue without keys, and what to do."""
    return f"there are no keys of {spec.name}: `omega-tui keys add {spec.name}` keeps some"


def stands_of(plan: Plan, clock: Clock, *, first_view_only: str) -> tuple[Stand, ...]:
    """Return the line-up of a plan for the list of venues.

    A venue sleeps until somebody looks at it, where nothing of the trader's can be at stake meanwhile: it is
    embedded and new with every start, or it is only watched.

    Args:
        plan: Of the console.
        clock: For the age of what is on the disk.
        first_view_only: Why nothing can be ordered at the first one, which was composed already.
    """
    return tuple(
        Stand(
            venue=spec.name,
            exchange=spec.exchange,
            account_type=spec.account_type,
            is_live=spec.is_live,
            view_only=spec.why_view_only if number else first_view_only,
            is_open=number == 0 and spec.exchange == POLYMARKET,
            sleeps=number > 0 and (spec.is_embedded or not spec.trades),
            listing=_listing_of(spec, plan.state, clock),
        )
        for number, spec in enumerate(plan.lineup)
    )


def _listing_of(spec: VenueSpec, state: Path, clock: Clock) -> Callable[[], Awaitable[Listing | None]] | None:
    if spec.exchange == POLYMARKET:
        return None
    if not spec.is_embedded:
        return partial(listing_on_disk, spec, state, clock)

    async def embedded() -> Listing:
        return embedded_listing(spec)

    return embedded
