"""The composition root: the one place that knows every concrete class.

Everything heavy is imported by this module, which only the engine imports.
"""

import random
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path

from omega_tui.clock import ManualClock, SystemClock
from omega_tui.config.loading import LoadedConfig
from omega_tui.domain.commands import WatchInstrument
from omega_tui.domain.data_limits import data_limits
from omega_tui.domain.instrument import Instrument
from omega_tui.private_files import make_private_folder
from omega_tui.protocol.polymarket.auth import address_of
from omega_tui.runtime.access import POLYMARKET, SIM, VenueAccess, announced, configured, enter_embedded
from omega_tui.runtime.lineup import VenueSpec
from omega_tui.secret import Redactor
from omega_tui.services.account_service import AccountParts, AccountService
from omega_tui.services.base import Platform, Service
from omega_tui.services.catalogue import Catalogue
from omega_tui.services.education_door import EducationDoor
from omega_tui.services.journal import Journal
from omega_tui.services.recorder import Recorder
from omega_tui.services.replay import ReplayService
from omega_tui.services.risk_views import Accounts
from omega_tui.services.streamer_config import policy_of
from omega_tui.services.streaming import StreamerConfig, StreamingService
from omega_tui.venues.polymarket_broker import PolymarketBroker
from omega_tui.venues.polymarket_data import PolymarketData
from omega_tui.venues.polymarket_rest import PolymarketAccount

WATCHED_FIRST = {SIM: 64, POLYMARKET: 2}
"""How many instruments are watched before anybody asks: the whole embedded exchange, or one market."""


Adopt = Callable[[Sequence[Service]], Awaitable[None]]
"""Starts services beside those that run."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What a console is to run.

    Attributes:
        loaded: The effective configuration.
        state: Folder of everything that outlives the process.
        record: Where every received frame is written; None records nothing.
        sim_file: What `omega-tui sim --json` printed, to trade on an exchange that runs elsewhere.
        fresh: Leave no trace: the embedded exchange starts afresh and forgets. For headless commands.
        trades: Whether the exchange service runs.
        redactor: Told the secrets of the account, for the log and the crash reports.
        no_arming: Why this console must not trade whatever is asked, for people; empty where it may.
        lineup: The venues of a console, the first one first; empty: the configured one alone.
        accounts: Who trades in this console, for the limits that hold for all of it.
    """

    loaded: LoadedConfig
    state: Path
    record: Path | None = None
    sim_file: Path | None = None
    fresh: bool = False
    trades: bool = True
    redactor: Redactor = field(default_factory=Redactor)
    no_arming: str = ""
    lineup: tuple[VenueSpec, ...] = ()
    accounts: Accounts = field(default_factory=Accounts)


async def at_polymarket(
    plan: Plan, spec: VenueSpec, platform: Platform, stack: AsyncExitStack
) -> VenueAccess:
    """Return the access to a venue that speaks Polymarket; an embedded one lives as long as `stack`."""
    config = replace(plan.loaded.config, venue=spec.name)
    own = replace(plan, loaded=replace(plan.loaded, config=config), trades=spec.trades)
    return await enter_venue(own, platform, stack)


async def enter_venue(plan: Plan, platform: Platform, stack: AsyncExitStack) -> VenueAccess:
    """Return the access to the venue of the plan; an embedded exchange lives as long as `stack`."""
    access = await _access(plan, platform, stack)
    for secret in access.account.known() if access.account is not None else ():
        plan.redactor.add(secret)
    return access


async def _access(plan: Plan, platform: Platform, stack: AsyncExitStack) -> VenueAccess:
    if plan.sim_file is not None:
        return announced(plan.sim_file)
    if plan.loaded.config.venue == POLYMARKET:
        return await configured(plan.loaded, trades=plan.trades)
    sim = plan.loaded.config.sim
    state_path = None
    if not plan.fresh:
        folder = account_folder(plan.state, SIM, f"seed-{sim.seed}")
        state_path = folder / "exchange.jsonl"
    return await enter_embedded(stack, sim, platform.clock, state_path=state_path)


def compose_at(plan: Plan, access: VenueAccess, platform: Platform) -> Sequence[Service]:
    """Build the services of a venue that is up."""
    config = plan.loaded.config
    recorder = Recorder(platform, plan.record, access.venue) if plan.record is not None else None
    streaming = StreamingService(
        StreamerConfig(
            user_auth=access.account.credentials if access.account is not None and plan.trades else None,
            endpoints=access.endpoints,
            streaming=config.streaming,
            integrity=config.integrity,
            venue=access.venue,
            store_path=None if plan.fresh else plan.state / f"books-{access.venue}.msgpack",
            record=recorder.write if recorder is not None else None,
        ),
        platform,
    )

    async def watch_first(instruments: Sequence[Instrument]) -> None:
        for instrument in instruments[: WATCHED_FIRST[access.venue]]:
            await streaming.process(WatchInstrument(instrument.id))

    rng = random.Random()  # noqa: S311 - jitter and run ids, not secrets
    data = PolymarketData(access.endpoints.rest_url, venue=access.venue, rng=rng)
    services: list[Service] = []
    if plan.trades and access.account is not None:
        services.append(_exchange(plan, access, access.account, platform, rng))
    services += [streaming, Catalogue(platform, data, watch_first)]
    services = [service.of(access.venue) for service in services]
    return [recorder, *services] if recorder is not None else services


def _exchange(
    plan: Plan, access: VenueAccess, account: PolymarketAccount, platform: Platform, rng: random.Random
) -> AccountService:
    config = plan.loaded.config
    risk = config.risk_live if access.is_live else config.risk
    broker = PolymarketBroker(
        venue=access.venue,
        is_live=access.is_live,
        rest_url=access.endpoints.rest_url,
        data_url=access.data_url,
        account=account,
        clock=platform.clock,
        rng=rng,
        order_deadline_s=risk.order_deadline_s,
    )
    folder = account_folder(plan.state, access.venue, address_of(account.private_key).lower())
    return AccountService(
        platform,
        AccountParts(
            broker=broker,
            journal=Journal(folder, platform.clock),
            risk=risk,
            data_limits=data_limits(config.data_state),
            no_arming=plan.no_arming,
            accounts=plan.accounts,
        ),
        rng=rng,
    )


def account_folder(state: Path, venue: str, account: str) -> Path:
    """Return the private folder of one account, and make it."""
    folder = state / venue / account
    make_private_folder(folder)
    return folder


def recorded(
    loaded: LoadedConfig, path: Path, speed: float, clock: ManualClock, platform: Platform
) -> Sequence[Service]:
    """Build the services of a replay."""
    config = loaded.config
    policy = policy_of(config.streaming, config.integrity)
    # What is due is due by the clock on the wall, not by the recording's.
    teacher = EducationDoor(replace(platform, clock=SystemClock()), tips=config.ui.tips)
    return [ReplayService(platform, path, clock, policy=policy, speed=speed), teacher]
