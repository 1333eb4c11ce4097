"""The lessons by their order, their words and what they explain. Made from texts; others read files."""

from collections.abc import Iterable, Mapping
from typing import Final

from omega_tui.domain.lesson_view import ProseView
from omega_tui.domain.teaching import Passage, Reply
from omega_tui.education.lesson import Lesson, Prose
from omega_tui.education.lesson_page import LessonPage
from omega_tui.education.lesson_parse import parse_lesson
from omega_tui.education.numbers_text import without_placeholders
from omega_tui.education.search import SearchIndex, words_of
from omega_tui.education.sources import Source, Track, read_sources, read_tracks, with_measured
from omega_tui.education.tip_rules import TipRule, read_tip_rules
from omega_tui.errors import LessonError, TeachingRefused

SOURCES_FILE: Final = "sources.toml"
MEASURED_FILE: Final = "measured.toml"
TRACKS_FILE: Final = "tracks.toml"
TIPS_FILE: Final = "tips.toml"

LEAST_KNOWN: Final = 0.5
"""More than this share of a question's words must be in the lessons; else the answer is not known."""


class Catalogue:
    """Every lesson. Pages are computed when they are first asked for and kept.

    Attributes:
        lessons: By id, in the order of the curriculum.
        sources: By id.
        tracks: In their order.
        tip_rules: In their order.
    """

    def __init__(self, files: Mapping[str, str]) -> None:
        """Read every file; a page is computed later.

        Args:
            files: Text by name: `*.md` are lessons, and there must be sources and tracks; measured figures
                and tips may be missing.

        Raises:
            LessonError: A file is wrong, or two lessons have one id.
        """
        for name in (SOURCES_FILE, TRACKS_FILE):
            if name not in files:
                raise LessonError(name, 0, "is missing")
        self.sources: Mapping[str, Source] = with_measured(
            read_sources(SOURCES_FILE, files[SOURCES_FILE]), MEASURED_FILE, files.get(MEASURED_FILE, "")
        )
        self.tracks: tuple[Track, ...] = read_tracks(TRACKS_FILE, files[TRACKS_FILE])
        self.tip_rules: tuple[TipRule, ...] = read_tip_rules(TIPS_FILE, files.get(TIPS_FILE, ""))
        lessons = [parse_lesson(name, text) for name, text in files.items() if name.endswith(".md")]
        place = {track.id: at for at, track in enumerate(self.tracks)}
        for lesson in lessons:
            if lesson.header.track not in place:
                raise LessonError(lesson.file, 2, f"there is no track {lesson.header.track!r}")
        lessons.sort(key=lambda one: (place[one.header.track], one.header.order, one.id))
        self.lessons: dict[str, Lesson] = {}
        for lesson in lessons:
            if lesson.id in self.lessons:
                raise LessonError(
                    lesson.file, 2, f"{self.lessons[lesson.id].file} has the id {lesson.id!r}, too"
                )
            self.lessons[lesson.id] = lesson
        self._pages: dict[str, LessonPage] = {}
        self._index: SearchIndex | None = None

    def lesson(self, lesson_id: str) -> Lesson:
        """Return a lesson.

        Raises:
            TeachingRefused: There is none of that id.
        """
        if lesson_id not in self.lessons:
            near = self.find(lesson_id, limit=1)
            hint = f"; did you mean {near[0][0]}?" if near else ""
            raise TeachingRefused("NO_SUCH_LESSON", f"There is no lesson {lesson_id!r}{hint}")
        return self.lessons[lesson_id]

    def page(self, lesson_id: str) -> LessonPage:
        """Return a lesson with everything computed.

        Raises:
            TeachingRefused: There is none of that id.
            LessonError: It cannot be computed.
        """
        lesson = self.lesson(lesson_id)
        if lesson_id not in self._pages:
            self._pages[lesson_id] = LessonPage(lesson, self.sources)
        return self._pages[lesson_id]

    def find(self, question: str, *, limit: int = 5) -> list[tuple[str, float]]:
        """Return ids and scores of the lessons that fit a question, best first."""
        if self._index is None:
            self._index = SearchIndex({lesson.id: _texts(lesson) for lesson in self.lessons.values()})
        return self._index.find(question, limit=limit)

    def answer(self, question: str, *, limit: int = 3) -> Reply:
        """Return what the lessons say to a question: the passages that fit, or that they do not know."""
        found = self.find(question, limit=limit)
        assert self._index is not None, "find made it"
        if not found or self._index.known(question) <= LEAST_KNOWN:
            words = "No lesson answers that. `omega-tui learn list` shows what there is."
            return Reply(question, words, ())
        best = found[0][1]
        passages = tuple(
            self._passage(lesson_id, score, question) for lesson_id, score in found if score >= best / 3
        )
        return Reply(question, passages[0].text, passages)

    def for_signal(self, signal: str) -> Lesson | None:
        """Return the lesson that explains a signal of the engines."""
        return self._first(lesson for lesson in self.lessons.values() if signal in lesson.header.signals)

    def for_widget(self, widget: str) -> Lesson | None:
        """Return the first lesson that explains a thing of the screen."""
        return self._first(lesson for lesson in self.lessons.values() if widget in lesson.header.widgets)

    def for_code(self, code: str) -> Lesson | None:
        """Return the lesson that explains a refusal."""
        return self._first(lesson for lesson in self.lessons.values() if code in lesson.header.codes)

    @staticmethod
    def _first(lessons: Iterable[Lesson]) -> Lesson | None:
        return next(iter(lessons), None)

    def _passage(self, lesson_id: str, score: float, question: str) -> Passage:
        page = self.page(lesson_id)
        wanted = set(words_of(question))
        paragraphs = [
            paragraph
            for block in page.view.blocks
            if isinstance(block, ProseView)
            for paragraph in block.markdown.split("\n\n")
            if not paragraph.lstrip().startswith("#")
        ]
        best = max(paragraphs, key=lambda text: len(wanted & set(words_of(text))), default="")
        text = f"{page.view.summary}\n\n{best}".strip()
        return Passage(lesson_id, page.view.title, page.view.badge, round(score, 3), text)


def _texts(lesson: Lesson) -> list[tuple[str, int]]:
    header = lesson.header
    prose = " ".join(
        without_placeholders(block.content.text)
        for block in lesson.blocks
        if isinstance(block.content, Prose)
    )
    return [
        (header.title, 4),
        (" ".join(header.keywords), 6),
        (without_placeholders(header.summary), 2),
        (header.track, 1),
        (prose, 1),
    ]
