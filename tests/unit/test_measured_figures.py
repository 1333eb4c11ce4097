"""What the lessons say of our detectors is what the benchmark counts; every detector has its lesson."""

from collections import Counter
from importlib.resources import files

import pytest

from benchmarks import detectors, evidence
from omega_tui.education.catalog import MEASURED_FILE, Catalogue
from omega_tui.education.ohlcv import unbroken
from omega_tui.errors import LessonError
from omega_tui.services.lesson_files import load_catalogue
from omega_tui.sim.planted_tape import PlanKind

SOURCE = "omega-detectors-2026"


def text_of(lesson):
    return files("omega_tui.education").joinpath("lessons", lesson.file).read_text(encoding="utf-8")


def lesson_of(name):
    """Return the lesson that explains what a detector says."""
    catalogue = load_catalogue()
    if name.startswith("swings_"):
        return catalogue.for_signal("swing.confirmed")
    if name.startswith("fib_"):
        return catalogue.lesson("f-06-evidence")
    return catalogue.for_signal(f"candle.{name}") or catalogue.for_signal(f"pattern.{name}")


@pytest.mark.parametrize("name", evidence.detector_names())
def test_the_lesson_of_a_detector_shows_its_ratio_to_chance(name):
    figures = load_catalogue().sources[SOURCE].figures
    assert {f"{name}_real", f"{name}_null"} <= figures.keys()
    real, null = (f'figure("{SOURCE}", "{name}_{column}")' for column in ("real", "null"))
    assert f"{{{{ {real} / {null} | 2 }}}}" in text_of(lesson_of(name))


@pytest.mark.parametrize("kind", list(PlanKind))
def test_the_lesson_of_a_book_pattern_shows_how_well_it_is_found(kind):
    lesson = load_catalogue().for_signal(f"book.{kind.lower()}")
    figures = load_catalogue().sources[SOURCE].figures
    for column, least in (("precision", 0.9), ("recall", 0.8)):
        name = f"{kind.lower()}_{column}"
        assert float(figures[name]) >= least
        assert f'figure("{SOURCE}", "{name}")' in text_of(lesson)


def test_the_figures_are_those_that_the_benchmark_counts():
    """The counts on real bars; shuffled ones and planted ones take it a minute."""
    path = detectors.RECORDINGS / f"{detectors.HOURLY}.csv.gz"
    if not path.exists():
        pytest.skip(f"the recordings are not beside the checkout: {path}")
    bars = detectors.read(path)[: detectors.LESSON_BARS]
    counts = sum((evidence.spoken(piece) for piece in unbroken(bars)), Counter())
    figures = load_catalogue().sources[SOURCE].figures
    counted = {name: f"{counts[name] / len(bars) * 1_000:.3f}" for name in evidence.detector_names()}
    assert counted == {name: figures[f"{name}_real"] for name in counted}


def test_figures_of_an_unknown_source_are_refused():
    lesson_files = {"tracks.toml": "track = []", "sources.toml": "", MEASURED_FILE: '[x]\na = "1"\n'}
    with pytest.raises(LessonError, match="no source 'x'"):
        Catalogue(lesson_files)
