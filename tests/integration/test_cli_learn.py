"""`omega-tui learn` as a stranger uses it."""

import json

from tests.command import refused, said


def test_a_lesson_is_read_quizzed_and_kept(here):
    shown = here("learn", "show", "r-01-r-and-size")
    assert shown.returncode == 0, shown.stderr
    assert "R, and how many to trade" in shown.stdout
    assert "\x1b" not in shown.stdout
    # The hint, a slip of the hand, the right answer, and the end of the row.
    asked = here("learn", "quiz", "r-01-r-and-size", typed="?\nmany\n30\n3\nq\n")
    assert asked.returncode == 0, asked.stderr
    assert "Hint: " in asked.stdout
    assert "'many' is no answer: type a number" in asked.stdout
    assert asked.stdout.count("Right: ") == 2
    (view,) = said(here("learn", "progress", "--json"))
    assert (view["reviews"], view["correct"]) == (2, 2)
    assert next(mark for mark in view["lessons"] if mark["id"] == "r-01-r-and-size")["is_read"]
    exported = here("learn", "export", "-")
    assert [json.loads(line)["kind"] for line in exported.stdout.splitlines()] == ["lesson", "card", "card"]


def test_programs_get_json_and_mistakes_a_sentence(here):
    first, *_ = said(here("learn", "quiz", "--kind", "size-it", "--seed", "1", "--json"))
    assert first["kind"] == "number"
    (reply,) = said(here("learn", "ask", "what", "is", "a", "doji?", "--json"))
    assert reply["passages"][0]["lesson"] == "k-02-doji-hammer-star"
    refused(here("learn", "show", "fibonacci"), "no lesson 'fibonacci'", "f-0")
    no_disk = here("learn", "--file", "/proc/learn", "progress")
    refused(no_disk, "cannot be kept", code=1)


def test_a_refusal_is_explained_and_a_drill_is_scored_and_kept(here):
    (why,) = said(here("learn", "why", "post_only", "--json"))
    assert why["links"][0]["id"] == "o-02-post-only-ioc"
    drilled = here("learn", "drill", "yes-or-no", "--seed", "3", typed="1\n" * 6)
    assert "of 6 right; wanted 5." in drilled.stdout
    (view,) = said(here("learn", "progress", "--json"))
    assert next(drill for drill in view["drills"] if drill["id"] == "yes-or-no")["runs"] == 1
