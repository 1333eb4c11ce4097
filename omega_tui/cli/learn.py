"""`omega-tui learn`: lessons, questions, what is due and what is known, in a plain terminal."""

import argparse
import os
import secrets
import sys
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import TextIO

from omega_tui.cli.exit_codes import DONE, FAILED, REFUSED_HERE
from omega_tui.cli.lesson_text import columns, glyphs, lesson_text, question_text, wrapped
from omega_tui.cli.options import Parser, complain
from omega_tui.cli.output import print_columns, print_json, write, write_bytes
from omega_tui.clock import Clock, ManualClock, SystemClock
from omega_tui.domain.teaching import Grade, Refusal
from omega_tui.education.drill_list import DRILLS
from omega_tui.education.explain import explain
from omega_tui.education.quiz import Quiz, QuizSession, Stage, read_answer
from omega_tui.education.quiz_make import MAKERS
from omega_tui.education.teacher import Teacher
from omega_tui.errors import ConfigError, OmegaError, ProgressError, TeachingRefused
from omega_tui.private_files import create_private
from omega_tui.services.lesson_files import load_catalogue
from omega_tui.services.progress_store import ProgressStore, progress_path
from omega_tui.sim.drill_stage import DrillStage
from omega_tui.text import safe_text
from omega_tui.units import NS_PER_S

MAX_IMPORT_BYTES = 64 << 20
HINT, STOP = "?", "q"


def run(argv: list[str]) -> int:
    """Run one of its sub-commands."""
    arguments = _parser().parse_args(argv)
    store = ProgressStore(arguments.file or progress_path())
    try:
        return int(arguments.action(arguments, store, SystemClock()))
    except OmegaError as error:
        code = complain("learn", error)
        return REFUSED_HERE if isinstance(error, TeachingRefused | ConfigError) else code
    finally:
        store.close()


def _parser() -> Parser:
    made = Parser(
        prog="omega-tui learn", description="Lessons with computed numbers, and what you know of them."
    )
    made.add_argument("--file", type=Path, metavar="FILE", help="record of learning instead of the usual one")
    actions = made.add_subparsers(dest="what", required=True, metavar="WHAT", parser_class=Parser)

    def action(
        name: str, words: str, body: Callable[..., int], *, json: bool = True
    ) -> argparse.ArgumentParser:
        sub = actions.add_parser(name, help=words, description=words[0].upper() + words[1:] + ".")
        sub.set_defaults(action=body)
        if json:
            sub.add_argument("--json", action="store_true", help="JSON for programs")
        return sub

    sub = action("list", "list lessons and drills, and how far each is", _list)
    sub.add_argument("--track", metavar="TRACK", help="of one track only, as `fibonacci`")
    sub = action("show", "print a lesson; a read one counts as read", _show)
    sub.add_argument("lesson", help="its id, as `f-02-retracement`")
    sub = action("ask", "find the lesson that answers a question", _ask)
    sub.add_argument("question", nargs="+", help="words of the question")
    sub = action("quiz", "ask the questions of a lesson, or made ones of a kind", _quiz)
    sub.add_argument("lesson", nargs="?", help="id of a lesson; without it the next one to learn")
    sub.add_argument("--kind", metavar="KIND", help=f"made questions: {', '.join(MAKERS)}")
    sub.add_argument("--count", type=int, default=3, help="how many made questions (3)")
    sub.add_argument("--seed", help="of made questions: the same seed, the same questions")
    sub = action("review", "ask what is due", _review)
    sub.add_argument("--count", type=int, default=20, help="how many at most (20)")
    sub = action("answer", "answer one question without being asked", _answer)
    sub.add_argument("card", help="the card of the question, as `learn quiz --json` prints it")
    sub.add_argument("value", help="the answer")
    sub = action("why", "explain the code of a refusal, as `POST_ONLY`", _why)
    sub.add_argument("code", help="as the console and `--json` print it")
    sub = action("drill", "run a drill that is answered; those of orders are run in the console", _drill)
    sub.add_argument("drill", help="its id, as `learn list` prints it")
    sub.add_argument("--seed", type=int, help="the same seed, the same drill")
    action("progress", "show what is known and what is due", _progress)
    sub = action("export", "write the record of learning as lines of JSON", _export, json=False)
    sub.add_argument("to", metavar="FILE", help="where to; - for standard output")
    sub = action("import", "add an exported record to this one", _import, json=False)
    sub.add_argument("source", metavar="FILE", help="what `export` wrote; - for standard input")
    sub = action("reset", "forget everything that was learned", _reset, json=False)
    sub.add_argument("--yes", action="store_true", help="do not ask")
    return made


def _teacher(store: ProgressStore) -> Teacher:
    return Teacher(load_catalogue(), store.load())


def _list(arguments: argparse.Namespace, store: ProgressStore, clock: Clock) -> int:
    teacher = _teacher(store)
    tracks = {track.id: track.title for track in teacher.catalogue.tracks}
    if arguments.track and arguments.track not in tracks:
        raise TeachingRefused(
            "NO_SUCH_TRACK", f"There is no track {arguments.track[:40]!r}; there are: {', '.join(tracks)}."
        )
    view = teacher.view(clock.now_ns())
    lessons = [mark for mark in view.lessons if arguments.track in {None, mark.track}]
    if arguments.json:
        for mark in lessons:
            print_json(mark)
        for drill in view.drills if not arguments.track else ():
            print_json({"drill": drill.id, "title": drill.title, "runs": drill.runs, "best": drill.best})
        return DONE
    rows = [
        (
            "x" if mark.is_read else " " if mark.is_open else ".",
            mark.id,
            mark.title,
            mark.badge,
            f"{mark.minutes} min",
            f"{mark.mastery:.0%}",
            str(mark.due or ""),
        )
        for mark in lessons
    ]
    print_columns(("", "lesson", "title", "evidence", "time", "known", "due"), rows, right=(4, 5, 6))
    if not arguments.track:
        write("\nDrills, run in the console (those of questions by `learn drill`, too):\n")
        print_columns(
            ("drill", "title", "runs", "best"),
            [(one.id, one.title, str(one.runs or ""), str(one.best or "")) for one in view.drills],
            right=(2, 3),
        )
        write("\nx read, . needs an earlier lesson. `omega-tui learn show ID` opens a lesson.\n")
    return DONE


def _show(arguments: argparse.Namespace, store: ProgressStore, clock: Clock) -> int:
    teacher = _teacher(store)
    page = teacher.catalogue.page(arguments.lesson)
    if arguments.json:
        print_json(page.view)
    else:
        colour = sys.stdout.isatty() and "NO_COLOR" not in os.environ
        write(lesson_text(page.view, columns(), glyphs(), colour=colour))
        write(f"\n`omega-tui learn quiz {page.view.id}` asks its {len(page.quizzes)} questions.\n")
    store.append(teacher.read(page.view.id, now_ns=clock.now_ns()))
    return DONE


def _ask(arguments: argparse.Namespace, store: ProgressStore, clock: Clock) -> int:
    del store, clock
    reply = load_catalogue().answer(" ".join(arguments.question))
    if arguments.json:
        print_json(reply)
        return DONE if reply.passages else FAILED
    if not reply.passages:
        write(f"{reply.words}\n")
        return FAILED
    best = reply.passages[0]
    write(f"{best.title} [{best.badge}]\n\n{best.text}\n\n")
    for passage in reply.passages:
        write(f"  omega-tui learn show {passage.lesson:32} {passage.title}\n")
    return DONE


def _quiz(arguments: argparse.Namespace, store: ProgressStore, clock: Clock) -> int:
    teacher = _teacher(store)
    if arguments.kind:
        seed = arguments.seed or secrets.token_hex(8)
        count = max(1, min(100, arguments.count))
        quizzes = [teacher.made(arguments.kind, seed=f"{seed}:{number}") for number in range(count)]
    else:
        lesson = arguments.lesson or teacher.view(clock.now_ns()).next_lesson
        if not lesson:
            write("Every lesson is read. `omega-tui learn review` asks what is due.\n")
            return DONE
        quizzes = teacher.questions(lesson)
    return _session(quizzes, teacher, store, clock, as_json=arguments.json)


def _review(arguments: argparse.Namespace, store: ProgressStore, clock: Clock) -> int:
    teacher = _teacher(store)
    now_ns = clock.now_ns()
    quizzes = teacher.due(now_ns, limit=max(1, arguments.count))
    if not quizzes and not arguments.json:
        following = teacher.view(now_ns).next_due_ns
        later = f" The next question is due in {_until(following - now_ns)}." if following else ""
        write(f"Nothing is due.{later}\n")
        return DONE
    return _session(quizzes, teacher, store, clock, as_json=arguments.json)


def _session(
    quizzes: list[Quiz], teacher: Teacher, store: ProgressStore, clock: Clock, *, as_json: bool
) -> int:
    """Ask on the terminal, or print the questions for a program."""
    if as_json:
        for quiz in quizzes:
            print_json(quiz.question)
        return DONE
    asked = QuizSession(quizzes, now_s=clock.mono_ns() / NS_PER_S)
    while asked.stage is not Stage.DONE:
        quiz = asked.present
        number, total = asked.counted
        write(f"\n[{number}/{total}]\n{question_text(quiz.question, columns(), glyphs())}\n")
        value = _asked(asked, quiz, sys.stdin)
        if value is None:
            write("Stopped; what was answered is kept.\n")
            return DONE
        found = asked.answer(value, now_s=clock.mono_ns() / NS_PER_S)
        noted, events = teacher.note(quiz, found, value, now_ns=clock.now_ns())
        store.append(events)
        write(_verdict(noted, clock.now_ns()))
        asked.advance(now_s=clock.mono_ns() / NS_PER_S)
    right = sum(one.correct for one in asked.grades)
    write(f"\n{right} of {len(asked.grades)} answers right.\n")
    return DONE


def _asked(session: QuizSession | None, quiz: Quiz, source: TextIO) -> Decimal | None:
    """Return the answer that was typed; None for the end of the input or `q`."""
    hint = f", {HINT} for a hint" if session is not None and quiz.question.hint else ""
    while True:
        write(f"answer (or {STOP} to stop{hint}): ")
        line = source.readline(200)
        word = line.strip()
        if not line or word == STOP:
            return None
        try:
            if word == HINT and session is not None:
                write(f"Hint: {session.hint()}\n")
                continue
            return read_answer(quiz.question, word)
        except TeachingRefused as error:
            write(f"{safe_text(str(error), max_cells=200)}\n")


def _answer(arguments: argparse.Namespace, store: ProgressStore, clock: Clock) -> int:
    teacher = _teacher(store)
    quiz = teacher.question(arguments.card)
    value = read_answer(quiz.question, arguments.value)
    found, events = teacher.answer(quiz, value, seconds=0.0, hinted=True, now_ns=clock.now_ns())
    store.append(events)
    if arguments.json:
        print_json(found)
    else:
        write(_verdict(found, clock.now_ns()))
    return DONE if found.correct else FAILED


def _why(arguments: argparse.Namespace, store: ProgressStore, clock: Clock) -> int:
    del store, clock
    found = explain(Refusal(code=safe_text(arguments.code.upper(), max_cells=40)), load_catalogue())
    if arguments.json:
        print_json(found)
        return DONE
    parts = (
        ("What you see", found.see),
        ("How it comes about", found.computed),
        ("What the evidence says", (found.evidence,)),
        ("What would make it go away", found.wrong),
    )
    for title, sentences in parts:
        write(f"{title}\n")
        for sentence in sentences:
            write("\n".join(wrapped(f"- {sentence}", columns(), hang=2)) + "\n")
    for link in found.links:
        if link.kind == "lesson":
            write(f"\nomega-tui learn show {link.id}\n")
    return DONE


def _drill(arguments: argparse.Namespace, store: ProgressStore, clock: Clock) -> int:
    teacher = _teacher(store)
    seed = arguments.seed if arguments.seed is not None else secrets.randbelow(10**9)
    stage = DrillStage(arguments.drill, seed, ManualClock())
    if not stage.scene.questions:
        raise TeachingRefused("ORDERS", f"{arguments.drill} is answered by orders: run it in the console.")
    if arguments.json:
        for quiz in stage.scene.questions:
            print_json(quiz.question)
        return DONE
    write(f"{stage.scene.brief}\n")
    began_ns = clock.mono_ns()
    for number, quiz in enumerate(stage.scene.questions, 1):
        total = len(stage.scene.questions)
        write(f"\n[{number}/{total}]\n{question_text(quiz.question, columns(), glyphs())}\n")
        value = _asked(None, quiz, sys.stdin)
        if value is None:
            write("Stopped; a drill counts only when it is finished.\n")
            return DONE
        stage.advance((clock.mono_ns() - began_ns) // 1_000_000)
        found = stage.answer(value)
        write(f"{'Right' if found.correct else 'Not right'}: {found.expected}. {found.words}\n")
    result = stage.score()
    for measure in result.measures:
        write(f"{'ok ' if measure.passed else 'no '} {measure.text}\n")
    write(f"{'Passed' if result.passed else 'Not passed'}: {result.points} points.\n")
    drill, now_ns = arguments.drill, clock.now_ns()
    store.append(teacher.drilled(drill, passed=result.passed, points=result.points, now_ns=now_ns))
    return DONE


def _verdict(found: Grade, now_ns: int) -> str:
    word = "Right" if found.correct else "Not right"
    if found.brier is not None:
        word = "Better than one half" if found.correct else "Worse than one half"
    again = f" It comes again in {_until(found.due_ns - now_ns)}." if found.due_ns else ""
    return f"{word}: {found.expected}. {found.words}{again}\n"


def _progress(arguments: argparse.Namespace, store: ProgressStore, clock: Clock) -> int:
    now_ns = clock.now_ns()
    teacher = _teacher(store)
    view = teacher.view(now_ns)
    if arguments.json:
        print_json(view)
        return DONE
    rows = []
    for track in teacher.catalogue.tracks:
        marks = [mark for mark in view.lessons if mark.track == track.id]
        read = sum(mark.is_read for mark in marks)
        known = sum(mark.mastery for mark in marks) / len(marks)
        rows.append(
            (track.title, f"{read}/{len(marks)}", f"{known:.0%}", str(sum(mark.due for mark in marks) or ""))
        )
    print_columns(("track", "read", "known", "due"), rows, right=(1, 2, 3))
    passed = sum(drill.passed > 0 for drill in view.drills)
    lines = [f"\n{view.correct} of {view.reviews} answers right; {passed} of {len(DRILLS)} drills passed."]
    if view.brier is not None:
        lines.append(f"Forecasts: {view.forecasts}, mean Brier {view.brier} (one half always costs 0.25).")
        lines += (
            f"  said {row.low:.0%} to {row.high:.0%}: {row.count}, on average {row.said:.0%}; "
            f"{row.happened:.0%} happened."
            for row in view.calibration
        )
    if view.due:
        lines.append(f"Due now: {view.due}. `omega-tui learn review` asks them.")
    elif view.next_due_ns:
        lines.append(f"Nothing is due; the next question comes in {_until(view.next_due_ns - now_ns)}.")
    if view.next_lesson:
        lines.append(f"Next lesson: `omega-tui learn show {view.next_lesson}`.")
    write("\n".join(lines) + "\n")
    return DONE


def _export(arguments: argparse.Namespace, store: ProgressStore, clock: Clock) -> int:
    del clock
    data = store.export()
    if arguments.to == "-":
        write_bytes(data)
        return DONE
    try:
        with create_private(Path(arguments.to)) as file:
            file.write(data)
    except OSError as error:
        raise ProgressError(f"cannot write {safe_text(arguments.to)}: {error.strerror}") from error
    write(f"Wrote {len(data.splitlines())} entries.\n")
    return DONE


def _import(arguments: argparse.Namespace, store: ProgressStore, clock: Clock) -> int:
    del clock
    try:
        if arguments.source == "-":
            data = sys.stdin.buffer.read(MAX_IMPORT_BYTES)
        else:
            with Path(arguments.source).open("rb") as file:
                data = file.read(MAX_IMPORT_BYTES)
    except OSError as error:
        raise ProgressError(f"cannot read {safe_text(arguments.source)}: {error.strerror}") from error
    write(f"Added {store.take_in(data)} entries.\n")
    return DONE


def _reset(arguments: argparse.Namespace, store: ProgressStore, clock: Clock) -> int:
    del clock
    count = len(store.load())
    if not arguments.yes:
        write(f"Forget {count} entries of {store.path}? Type yes: ")
        if sys.stdin.readline(20).strip() != "yes":
            write("Nothing was changed.\n")
            return REFUSED_HERE
    store.reset()
    write(f"Forgot {count} entries.\n")
    return DONE


def _until(ns: int) -> str:
    """Return a time to come in words."""
    minutes = max(1, round(ns / NS_PER_S / 60))
    if minutes < 90:
        return f"{minutes} min"
    hours = round(minutes / 60)
    return f"{hours} h" if hours < 48 else f"{round(hours / 24)} days"
