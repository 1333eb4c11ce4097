"""What the lessons cite: publications with the figures taken from them, and our own measurements."""

from collections.abc import Mapping
from decimal import Decimal

from msgspec import Struct, field
from msgspec.structs import replace

from omega_tui.education.lesson_parse import read_toml
from omega_tui.errors import ExpressionError, LessonError


class Source(Struct, frozen=True, forbid_unknown_fields=True):
    """One publication or measurement.

    Attributes:
        short: How prose names it, as `Osler (2000)`.
        full: Authors, year, title, where.
        kind: `paper`, `book`, `docs`, `own` (measured by this project) or `secondary`.
        note: What was measured on which data, and its limits.
        figures: Named numbers that lessons may quote.
    """

    short: str
    full: str
    kind: str
    note: str = ""
    figures: dict[str, str] = field(default_factory=dict)

    def figure(self, name: str) -> Decimal:
        """Return a number of it.

        Raises:
            ExpressionError: It has none of that name.
        """
        if name not in self.figures:
            raise ExpressionError(
                f"{self.short} has no figure {name!r}; there are: {', '.join(self.figures)}"
            )
        return Decimal(self.figures[name])


class Track(Struct, frozen=True, forbid_unknown_fields=True):
    """A row of lessons that belong together.

    Attributes:
        id: As the lessons name it.
        title: For people.
        words: What it is about, one sentence.
    """

    id: str
    title: str
    words: str


class _Tracks(Struct, forbid_unknown_fields=True):
    track: tuple[Track, ...]


def read_sources(file: str, text: str) -> Mapping[str, Source]:
    """Return the sources by id.

    Raises:
        LessonError: The file is not what it must be.
    """
    return read_toml(file, text, dict[str, Source])


def with_measured(sources: Mapping[str, Source], file: str, text: str) -> Mapping[str, Source]:
    """Return the sources with the figures of our own measurements, which a benchmark wrote.

    Args:
        sources: By id.
        file: Name of the benchmark's file.
        text: Its text: a table of figures for each source.

    Raises:
        LessonError: The file is not what it must be, or has figures of an unknown source.
    """
    measured = read_toml(file, text, dict[str, dict[str, str]])
    for name in measured:
        if name not in sources:
            raise LessonError(file, 0, f"there is no source {name!r}")
    return {
        name: replace(source, figures={**source.figures, **measured.get(name, {})})
        for name, source in sources.items()
    }


def read_tracks(file: str, text: str) -> tuple[Track, ...]:
    """Return the tracks in their order; errors as in `read_sources`."""
    return read_toml(file, text, _Tracks).track
