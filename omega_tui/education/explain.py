"""Explains one thing on the screen in five fixed parts. Pure: everything comes with the context.

What you see, how it is computed, what the evidence says, what would make it wrong, what to try.
"""

from omega_tui.domain.teaching import (
    AnyContext,
    CandleBar,
    Explanation,
    LadderRow,
    LevelRow,
    MarketRow,
    OrderRow,
    PnlCell,
    PositionRow,
    PrintRow,
    Refusal,
    TryLink,
)
from omega_tui.education.catalog import Catalogue
from omega_tui.education.drill_list import DRILLS
from omega_tui.education.explain_account import order_row, pnl_cell, position_row, refusal
from omega_tui.education.explain_market import Parts, candle_bar, ladder_row, level_row, market_row, print_row
from omega_tui.education.lesson import Lesson, QuizSpec
from omega_tui.education.rank import NOBODY, Learned, best_lesson


def explain(context: AnyContext, catalogue: Catalogue, learned: Learned = NOBODY) -> Explanation:
    """Return the explanation of one thing, and the lesson that fits it and the learner best.

    Raises:
        TeachingRefused: There is no lesson for it, which the tests rule out for the lessons that ship.
    """
    parts, about = _parts(context, catalogue)
    lesson = catalogue.lesson(parts.lesson)
    evidence = lesson.header.evidence
    cited = [catalogue.sources[name].short for name in lesson.header.sources][:3]
    sources = f" Sources: {'; '.join(cited)}." if cited else ""
    return Explanation(
        about,
        parts.title,
        parts.see,
        parts.computed,
        f"{evidence.value}: {evidence.meaning}{sources}",
        evidence.value,
        parts.wrong,
        links_of(_offered(context, about, parts.lesson, catalogue, learned)),
    )


def _offered(context: AnyContext, about: str, own: str, catalogue: Catalogue, learned: Learned) -> Lesson:
    """Return the lesson to try; what a refusal means is one lesson's business and no other's."""
    if about == "error":
        return catalogue.lesson(own)
    signals = context.signals if isinstance(context, CandleBar) else ()
    return best_lesson(own, about, signals, context.instrument, catalogue, learned)


def links_of(lesson: Lesson) -> tuple[TryLink, ...]:
    """Return what to try: the lesson, its first question, its drill or one that belongs to it."""
    links = [TryLink("1", "lesson", lesson.id, lesson.header.title)]
    for block in lesson.blocks:
        if isinstance(block.content, QuizSpec):
            links.append(
                TryLink("2", "quiz", block.content.card, f"a question on {_inside(lesson.header.title)}")
            )
            break
    drill = next((one for one in DRILLS.values() if one.lesson == lesson.id), None)
    if drill is not None:
        links.append(TryLink("3", "drill", drill.id, drill.title))
    return tuple(links)


def _inside(title: str) -> str:
    """Return a title as it stands within a sentence: a name that is written large stays so."""
    is_word = len(title) > 1 and title[1].islower()
    return title[0].lower() + title[1:] if is_word else title


def _parts(context: AnyContext, catalogue: Catalogue) -> tuple[Parts, str]:  # noqa: PLR0911 - one per kind
    match context:
        case LadderRow():
            return ladder_row(context), "ladder_row"
        case PrintRow():
            return print_row(context), "print"
        case CandleBar():
            return candle_bar(context, catalogue), "candle"
        case LevelRow():
            return level_row(context), "level"
        case OrderRow():
            return order_row(context), "order"
        case PositionRow():
            return position_row(context), "position"
        case PnlCell():
            return pnl_cell(context), "pnl"
        case MarketRow():
            return market_row(context), "market"
        case Refusal():
            return refusal(context, catalogue), "error"
