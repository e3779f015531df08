"""A report as people read it: the words for the largest group, one finding a row, the picture's limit."""

from dataclasses import replace

import pytest

from stamp_desktop.readiness.check import Check, Point
from stamp_desktop.readiness.rows import PARTS, crossing, drained, headline, part_of, rows, with_waiting
from tests.readiness.labs import CHECKS, lab_of

WELL = Check("computer.disk", "Disk", "pass", "61 GB free.")
CLOCK = Check("computer.clock", "Clock", "warn", "3 min ahead.", remedy="Set it.")
MUTED = Check("sound.microphone", "Microphone", "fail", "Muted.", remedy="Unmute it.")
HUM = Check("sound.hum", "Hum", "warn", "There is a hum.", remedy="Another port.")
SLOW = Check("line.up", "Upload", "warn", "1 Mbit/s.", remedy="A hub.")
REPORT = replace(lab_of(1)[0], group=30, checks=(WELL,))


@pytest.mark.parametrize(
    ("checks", "limit", "verdict", "title"),
    [
        ((WELL,), 0, "pass", "Ready for 30 test takers"),
        ((WELL,), 40, "pass", "Ready for 30 test takers"),
        ((WELL, CLOCK), 0, "warn", "Ready for 30, with one thing to mend"),
        ((CLOCK, HUM), 0, "warn", "Ready for 30, with 2 things to mend"),
        ((WELL, SLOW), 22, "warn", "Ready for 22, not for 30"),
        ((MUTED, SLOW), 22, "fail", "Not ready"),
        ((Check("camera.device", "Camera", "skipped", "No."),), 0, "skipped", "Nothing could be checked"),
    ],
)
def test_the_headline_is_about_the_group(checks: tuple[Check, ...], limit: int, verdict: str, title: str) -> None:
    report = replace(REPORT, checks=checks, limit=limit)
    assert headline(report)[:2] == (verdict, title)
    assert headline(report)[0] == report.verdict


def test_a_row_shows_its_worst_finding_and_keeps_the_others() -> None:
    (row,) = rows((HUM, MUTED, Check("sound.loop", "Loop", "pass", "Heard.")))
    assert (row.id, row.verdict, row.found, row.remedy) == ("headset", "fail", "Muted.", "Unmute it.")
    assert row.others == (HUM,)


def test_every_check_has_a_row_and_the_way_is_measured_again_with_the_line() -> None:
    assert {part_of(Check(name, title, "pass", "")) for name, title in CHECKS} <= {part.id for part in PARTS}
    (greeted,) = rows((Check("line.server", "Server", "pass", "Answers."),))
    (walked,) = rows((Check("line.server", "Server", "pass", "Answers."), Check("line.tls", "TLS", "pass", "Pinned.")))
    assert (greeted.step, walked.step) == ("line.server", "line")


def test_rows_that_wait_stand_where_they_will_be() -> None:
    names = [row.id for row in with_waiting(rows((WELL, CLOCK)), ("sound", "kiosk"))]
    assert names == ["computer", "headset", "clock", "kiosk"]


@pytest.mark.parametrize(
    ("waits", "limit"),
    [
        (((1, 0.2), (20, 1.0), (40, 3.0)), 30),
        (((1, 0.2), (40, 1.9)), 0),
        (((1, 2.5), (40, 9.0)), 0),
        ((), 0),
    ],
)
def test_the_limit_of_the_picture_is_where_it_passes_two_seconds(waits: tuple[tuple[int, float], ...], limit: int) -> None:
    assert crossing([Point(group, seconds, 0.0) for group, seconds in reversed(waits)], 2.0) == limit


def test_the_time_at_the_end_is_told_for_the_group() -> None:
    curve = (Point(10, 0.2, 60.0), Point(30, 0.9, 460.0), Point(60, 3.0, 900.0))
    said, stress = drained(replace(REPORT, curve=curve))
    assert stress == "7 min 40 s"
    assert said.startswith("At the end, the speech of 30 test takers needs 7 min 40 s")
    assert said.find(stress) > said.find("needs")
    assert drained(REPORT) == ("", "")
    assert "nothing is left" in drained(replace(REPORT, curve=(Point(30, 0.1, 0.0),)))[0]


def test_a_number_of_the_lines_quality_is_named_when_it_warns() -> None:
    shown = rows((Check("line.jitter", "Evenness", "warn", "79 ms.", 79, "ms", 60, "Use a cable."),))
    assert shown[0].found == "Evenness: 79 ms."
