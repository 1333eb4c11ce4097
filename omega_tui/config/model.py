"""The whole configuration as a value; its sections are declared beside this module."""

from dataclasses import dataclass, field

from omega_tui.config.feeds import DataStateConfig, IntegrityConfig, StreamingConfig
from omega_tui.config.process import BusConfig, LogConfig, StorageConfig
from omega_tui.config.risk import LIVE_RISK, RiskConfig
from omega_tui.config.screen import UiConfig
from omega_tui.config.venues import ExchangeEntry, SimConfig, VenueConfig
from omega_tui.settings import choice


@dataclass(frozen=True, slots=True)
class OmegaConfig:
    """The whole configuration: immutable, without secrets, passed to constructors.

    Attributes:
        venue: Where orders go: the embedded exchange or the real venue.
        risk: Limits at the embedded exchange.
        risk_live: Limits at a real venue.
        venues: Tables `[venues.NAME]`.
    """

    venue: str = choice(
        "sim", {"sim": "embedded exchange", "polymarket": "the real one"}, doc="Where to trade."
    )
    streaming: StreamingConfig = field(default=StreamingConfig())
    integrity: IntegrityConfig = field(default=IntegrityConfig())
    data_state: DataStateConfig = field(default=DataStateConfig())
    risk: RiskConfig = field(default=RiskConfig())
    risk_live: RiskConfig = field(default=LIVE_RISK)
    sim: SimConfig = field(default=SimConfig())
    polymarket: VenueConfig = field(default=VenueConfig())
    ui: UiConfig = field(default=UiConfig())
    log: LogConfig = field(default=LogConfig())
    storage: StorageConfig = field(default=StorageConfig())
    bus: BusConfig = field(default=BusConfig())
    venues: tuple[ExchangeEntry, ...] = ()
