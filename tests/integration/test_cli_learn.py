"""`omega-tui learn` as a stranger uses it."""

import json
import subprocess

from tests.command import omega, refused, said


def test_a_lesson_is_read_quizzed_and_kept(tmp_path):
    shown = omega("learn", "show", "r-01-r-and-size", home=tmp_path)
    assert shown.returncode == 0, shown.stderr
    assert "R, and how many to trade" in shown.stdout
    assert "\x1b" not in shown.stdout
    answers = tmp_path / "answers"
    # The hint, a slip of the hand, the right answer, and the end of the row.
    answers.write_text("?\nmany\n30\n3\nq\n")
    with answers.open() as typed:
        asked = omega("learn", "quiz", "r-01-r-and-size", home=tmp_path, stdin=typed)
    assert asked.returncode == 0, asked.stderr
    assert "Hint: " in asked.stdout
    assert "'many' is no answer: type a number" in asked.stdout
    assert asked.stdout.count("Right: ") == 2
    (view,) = said(omega("learn", "progress", "--json", home=tmp_path))
    assert (view["reviews"], view["correct"]) == (2, 2)
    assert next(mark for mark in view["lessons"] if mark["id"] == "r-01-r-and-size")["is_read"]
    exported = omega("learn", "export", "-", home=tmp_path)
    assert [json.loads(line)["kind"] for line in exported.stdout.splitlines()] == ["lesson", "card", "card"]


def test_programs_get_json_and_mistakes_a_sentence(tmp_path):
    first, *_ = said(omega("learn", "quiz", "--kind", "size-it", "--seed", "1", "--json", home=tmp_path))
    assert first["kind"] == "number"
    (reply,) = said(omega("learn", "ask", "what", "is", "a", "doji?", "--json", home=tmp_path))
    assert reply["passages"][0]["lesson"] == "k-02-doji-hammer-star"
    refused(omega("learn", "show", "fibonacci", home=tmp_path), "no lesson 'fibonacci'", "f-0")
    no_disk = omega("learn", "--file", "/proc/learn", "progress", home=tmp_path, stdin=subprocess.DEVNULL)
    refused(no_disk, "cannot be kept", code=1)


def test_a_refusal_is_explained_and_a_drill_is_scored_and_kept(tmp_path):
    (why,) = said(omega("learn", "why", "post_only", "--json", home=tmp_path))
    assert why["links"][0]["id"] == "o-02-post-only-ioc"
    answers = tmp_path / "answers"
    answers.write_text("1\n" * 6)
    with answers.open() as typed:
        drilled = omega("learn", "drill", "yes-or-no", "--seed", "3", home=tmp_path, stdin=typed)
    assert "of 6 right; wanted 5." in drilled.stdout
    (view,) = said(omega("learn", "progress", "--json", home=tmp_path))
    assert next(drill for drill in view["drills"] if drill["id"] == "yes-or-no")["runs"] == 1
