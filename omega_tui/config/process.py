"""The settings of the process itself: its log, what it keeps on disk, and the bus that it shares."""

from dataclasses import dataclass

from omega_tui.settings import choice, folder_or_file, pattern, setting


@dataclass(frozen=True, slots=True)
class LogConfig:
    """The log file."""

    level: str = choice(
        "INFO",
        {
            "DEBUG": "frames too",
            "INFO": "life cycle",
            "WARNING": "what a trader should know",
            "ERROR": "bugs",
        },
        doc="The least that is written.",
    )
    max_bytes: int = setting(
        5_000_000, low=10_000, high=1_000_000_000, unit="bytes", doc="Size at which a new file begins."
    )
    backups: int = setting(3, low=0, high=50, doc="Older files kept.")
    directory: str = folder_or_file("", doc="Folder of the log; empty: the state folder.")


@dataclass(frozen=True, slots=True)
class StorageConfig:
    """What must outlive the program: the journal, saved books, crash reports."""

    state_dir: str = folder_or_file("", doc="State folder; empty: omega-tui in $XDG_STATE_HOME.")
    min_free_mb: int = setting(
        100, low=1, high=1_000_000, unit="MB", doc="With less free space the doctor warns."
    )


@dataclass(frozen=True, slots=True)
class BusConfig:
    """The Redis server that several processes share; without one everything stays in this process."""

    url: str = pattern(
        "",
        r"((redis|rediss)://|unix:///)\S{1,200}|",
        words='redis://127.0.0.1:6379/0, unix:///path or rediss://host:6379/0, or "" for none',
        doc="Where it listens; with a password it goes into OMEGA_REDIS_URL.",
    )
    prefix: str = pattern(
        "omega",
        r"[a-z][a-z0-9-]{0,39}",
        words="small letters, digits and hyphens",
        doc="Everything of ours on the server begins so.",
    )
    process: str = pattern(
        "engine",
        r"[a-z][a-z0-9-]{0,39}",
        words="small letters, digits and hyphens",
        doc="Our name there, or that of the engine a screen is attached to.",
    )
    key_file: str = folder_or_file(
        "", doc="File of mode 0600 with the key that engine and screens share; OMEGA_BUS_KEY comes before it."
    )
    pack_ms: float = setting(
        5.0, low=0.5, high=100, unit="ms", doc="Events that come within this time go out together."
    )
