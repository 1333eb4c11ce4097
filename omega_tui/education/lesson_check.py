"""What a lesson must keep beside being readable: computed numbers, honest words, a question, and its sources.

The tests run it over every file; `problems` returns sentences, so that all of a file's faults are seen at
once.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Final

from omega_tui.domain.lesson_view import Question
from omega_tui.education.catalog import Catalogue
from omega_tui.education.expressions import names_in
from omega_tui.education.lesson import (
    BookSpec,
    CalcSpec,
    ChartSpec,
    DrillRef,
    Evidence,
    Lesson,
    Prose,
    QuizSpec,
)
from omega_tui.education.lesson_page import LessonPage
from omega_tui.education.numbers_text import expressions_in, without_placeholders
from omega_tui.education.quiz import Kind, Quiz
from omega_tui.errors import ExpressionError, LessonError

MAX_WORDS: Final = 350
LEAST_WORDS: Final = 70
MAX_COLUMNS: Final = 60
"""Tables and code must fit the narrowest panel."""
MAX_MINUTES: Final = 10

_BARE_NUMBER: Final = re.compile(r"(?<![\w./-])\d+(?:[.,]\d+)*(?![\w])")
_LIST_NUMBER: Final = re.compile(r"^ *\d+\. ", re.MULTILINE)
_CODE: Final = re.compile(r"`[^`\n]*`")
_DAY: Final = re.compile(r"20\d\d-[01]\d-[0-3]\d").fullmatch
_PROMISES: Final = re.compile(
    r"\b(guarantee\w*|always works?|never fails?|can(?:no|')?t lose|sure thing|risk[- "
    r"]free|divine|sacred|secret|"
    r"free money|easy money|get rich|holy grail|proven to (?:work|win)|100 ?%)\b",
    re.IGNORECASE,
)
_ADVICE: Final = re.compile(
    r"(?:^|[.:;!?]\s+)(?:now |then |just |always )?(?:buy|sell|go long|go short)\b(?! "
    r"(?:side|order|price|verb))"
    r"|\byou (?:should|must|ought to) (?:buy|sell|go long|go short)\b",
    re.IGNORECASE | re.MULTILINE,
)
_FORBIDDEN_MARKDOWN: Final = re.compile(r"<[a-zA-Z/!]|\]\(|!\[|^\[[^\]]+\]:", re.MULTILINE)


def problems_of(catalogue: Catalogue) -> list[LessonError]:
    """Return every fault of every file, in the order of the curriculum."""
    found: list[LessonError] = []
    cards: dict[str, str] = {}
    for lesson in catalogue.lessons.values():
        found += _faults(catalogue, lesson)
        for block in lesson.blocks:
            if isinstance(block.content, QuizSpec):
                other = cards.setdefault(block.content.card, lesson.file)
                if other is not lesson.file:
                    found.append(
                        LessonError(
                            lesson.file, block.line, f"card {block.content.card!r} is in {other}, too"
                        )
                    )
    found += _circles(catalogue)
    used = {source for lesson in catalogue.lessons.values() for source in lesson.header.sources}
    found += [
        LessonError("sources.toml", 0, f"no lesson cites {name!r}")
        for name in catalogue.sources
        if name not in used
    ]
    for rule in catalogue.tip_rules:
        if rule.lesson not in catalogue.lessons:
            found.append(LessonError("tips.toml", 0, f"{rule.id}: there is no lesson {rule.lesson!r}"))
        found += [
            LessonError("tips.toml", 0, f"{rule.id}: {text}")
            for text in _words_problems(rule.text, prose=False)
        ]
    return found


def _faults(catalogue: Catalogue, lesson: Lesson) -> list[LessonError]:
    found = [LessonError(lesson.file, line, text) for line, text in _static(catalogue, lesson)]
    try:
        page = catalogue.page(lesson.id)
    except LessonError as error:
        return [*found, error]
    found += [LessonError(lesson.file, line, text) for line, text in _computed(lesson, page)]
    return found


def _static(catalogue: Catalogue, lesson: Lesson) -> Iterator[tuple[int, str]]:
    """Yield what can be seen without computing anything."""
    yield from ((2, text) for text in _header_problems(catalogue, lesson))
    yield from _body_problems(lesson)
    yield from _unused(lesson)


def _header_problems(catalogue: Catalogue, lesson: Lesson) -> Iterator[str]:
    header = lesson.header
    cited = {part for block in lesson.blocks for part in _cited(block.content)} | _cited_in(header.summary)
    checks = (
        (
            lesson.file != f"{header.id}.md",
            f"the id is {header.id!r}: the file must be called {header.id}.md",
        ),
        (not _DAY(header.reviewed), f"reviewed: {header.reviewed!r} is no day, as 2026-11-28"),
        (not 1 <= header.minutes <= MAX_MINUTES, f"minutes: {header.minutes}; allowed: 1 to {MAX_MINUTES}"),
        (
            header.evidence is not Evidence.NONE and not header.sources,
            f"evidence {header.evidence.value!r} needs a source",
        ),
        (
            not (header.signals or header.widgets or header.keywords),
            "nothing leads here: give it a signal, a widget or keywords",
        ),
    )
    yield from (text for is_broken, text in checks if is_broken)
    for other in header.requires:
        if other not in catalogue.lessons:
            yield f"requires: there is no lesson {other!r}"
    for source in header.sources:
        if source not in catalogue.sources:
            yield f"sources: there is no source {source!r}"
    for source in sorted(cited - set(header.sources)):
        yield f"sources: {source!r} is cited and not listed"
    yield from (f"title: {text}" for text in _words_problems(header.title, prose=False))
    yield from (f"summary: {text}" for text in _words_problems(header.summary, prose=False))


def _body_problems(lesson: Lesson) -> Iterator[tuple[int, str]]:
    words = 0
    for block in lesson.blocks:
        is_prose = isinstance(block.content, Prose)
        for text in _texts(block.content):
            yield from ((block.line, problem) for problem in _words_problems(text, prose=is_prose))
        if isinstance(block.content, Prose):
            words += len(without_placeholders(block.content.text).split())
    if not LEAST_WORDS <= words <= MAX_WORDS:
        yield 2, f"has {words} words; allowed: {LEAST_WORDS} to {MAX_WORDS}"
    if not any(isinstance(block.content, QuizSpec | DrillRef) for block in lesson.blocks):
        yield 2, "asks nothing: give it a quiz or a drill"


def _computed(lesson: Lesson, page: LessonPage) -> Iterator[tuple[int, str]]:
    """Yield what only a computed page shows."""
    lines = {block.content.card: block.line for block in lesson.blocks if isinstance(block.content, QuizSpec)}
    for quiz in page.quizzes:
        yield from ((lines[quiz.question.card], problem) for problem in _quiz_problems(quiz))
    for block in page.view.blocks:
        if isinstance(block, Question):
            continue
        for line in getattr(block, "markdown", "").splitlines():
            if line.startswith(("|", "    ")) and len(line) > MAX_COLUMNS:
                yield 2, f"a table or code of {len(line)} columns; allowed: {MAX_COLUMNS}: {line[:30]}"
    for chart in (block.content for block in lesson.blocks if isinstance(block.content, ChartSpec)):
        count = len(page.charts[chart.name])
        if chart.hide_after and not 0 < chart.hide_after < count:
            yield 2, f"chart {chart.name!r}: hide_after {chart.hide_after} of {count} bars"


def _quiz_problems(quiz: Quiz) -> Iterator[str]:
    question = quiz.question
    if not question.prompt or not quiz.explain:
        yield f"the question {question.card!r} needs a prompt and an explain"
    if question.kind == Kind.NUMBER:
        if quiz.tolerance <= 0:
            yield f"the question {question.card!r} has no tolerance"
        chart = question.chart
        if chart is not None and chart.bars:
            low, high = min(bar.low for bar in chart.bars), max(bar.high for bar in chart.bars)
            if quiz.answer > 0 and not low + quiz.tolerance / 10 < quiz.answer < high - quiz.tolerance / 10:
                yield f"the answer {quiz.answer} is not inside the chart, {low} to {high}"
    if question.kind == Kind.CHOICE and len(question.choices) < 2:
        yield f"the question {question.card!r} has nothing to choose from"


def _words_problems(text: str, *, prose: bool) -> Iterator[str]:
    plain = without_placeholders(text)
    if prose:
        plain = _LIST_NUMBER.sub("", _CODE.sub(" ", plain))
    for match in _BARE_NUMBER.finditer(plain):
        yield f"the number {match[0]!r} is not computed: write it as {{{{ … }}}}"
    for expression in expressions_in(text):
        if _BARE_NUMBER.fullmatch(expression.strip()):
            yield f"{{{{ {expression.strip()} }}}} is no computation: declare it as a value, with a name"
    for match in _PROMISES.finditer(plain):
        yield f"promises: {match[0]!r}"
    for match in _ADVICE.finditer(plain):
        yield f"advises a side: {match[0].strip()!r}"
    if prose and _FORBIDDEN_MARKDOWN.search(plain):
        yield "HTML, links and images are not shown in a terminal: leave them out"


def _texts(content: object) -> Iterator[str]:
    """Yield the words of a block that a reader sees."""
    match content:
        case Prose(text=text):
            yield text
        case ChartSpec(title=title, levels=levels, marks=marks):
            yield title
            yield from (level.label for level in levels)
            yield from (mark.label for mark in marks)
        case BookSpec(title=title, frames=frames):
            yield title
            yield from (frame.text for frame in frames)
        case CalcSpec(title=title, inputs=inputs, steps=steps):
            yield title
            yield from (one.label for one in inputs)
            yield from (one.label for one in steps)
        case QuizSpec():
            yield from (content.prompt, content.explain, content.hint, *content.choices)
        case _:
            return


def _expressions(content: object) -> Iterator[str]:
    for text in _texts(content):
        yield from expressions_in(text)
    match content:
        case ChartSpec(values=values, levels=levels, marks=marks, pivots=pivots):
            yield from values.values()
            yield from (level.price for level in levels)
            yield from (mark.bar for mark in marks)
            if pivots:
                yield pivots
        case CalcSpec(inputs=inputs, steps=steps):
            yield from (one.value for one in inputs)
            yield from (one.formula for one in steps)
        case QuizSpec(answer=answer, tolerance=tolerance):
            yield from (text for text in (answer, tolerance) if text)
        case _:
            return


def _unused(lesson: Lesson) -> Iterator[tuple[int, str]]:
    """Yield values of the front matter that nothing needs: they are left over from something."""
    header = lesson.header
    texts = [*header.values.values(), *expressions_in(header.summary)]
    texts += [text for block in lesson.blocks for text in _expressions(block.content)]
    try:
        used = {name for text in texts for name in names_in(text)}
    except ExpressionError as error:
        yield 2, str(error)
        return
    for name in header.values:
        if name not in used:
            yield 2, f"the value {name!r} is not used"


_CITED: Final = re.compile(r"(?:figure|cite)\(\s*[\"']([^\"']+)[\"']")


def _cited_in(text: str) -> set[str]:
    return set(_CITED.findall(text))


def _cited(content: object) -> set[str]:
    return {name for text in _expressions(content) for name in _cited_in(text)}


def _circles(catalogue: Catalogue) -> Iterator[LessonError]:
    """Yield a fault for every lesson that requires itself in the end."""
    requires: Mapping[str, tuple[str, ...]] = {
        lesson.id: lesson.header.requires for lesson in catalogue.lessons.values()
    }
    for start in requires:
        seen: set[str] = set()
        waiting = list(requires[start])
        while waiting:
            name = waiting.pop()
            if name == start:
                yield LessonError(f"{start}.md", 2, "requires: it requires itself in the end")
                break
            if name not in seen:
                seen.add(name)
                waiting += requires.get(name, ())
