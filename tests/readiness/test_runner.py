"""Steps one after the other: none hides what the others found, whatever becomes of it."""

from pathlib import Path

import pytest

from stamp_desktop.readiness.asked import Asked
from stamp_desktop.readiness.check import Check, Point
from stamp_desktop.readiness.runner import Found, Progress, Say, Step, report, run
from stamp_desktop.trouble import Trouble

WELL = Check("computer.disk", "Disk", "pass", "61 GB free.")


def breaks(_: Say) -> Found:
    raise ZeroDivisionError


def troubled(_: Say) -> Found:
    raise Trouble("kiosk-policy", "The policy cannot be read.", "", "Mend it.")


def measures(say: Say) -> Found:
    say("down", 0.5)
    return Found((), (Point(10, 0.5, 60.0),), 22)


def test_a_step_that_breaks_is_a_finding_and_the_next_one_runs(caplog: pytest.LogCaptureFixture) -> None:
    steps = (
        Step("sound", "Headset", 1.0, breaks),
        Step("kiosk", "Kiosk", 1.0, troubled),
        Step("computer", "Computer", 1.0, lambda _: Found((WELL,))),
        Step("line", "Line", 7.0, measures),
    )
    told: list[Progress] = []
    found = tuple(run(steps, told.append))
    checks = [check for _, each in found for check in each.checks]
    assert [(check.id, check.verdict) for check in checks] == [
        ("sound.unfinished", "warn"),
        ("kiosk.unfinished", "fail"),
        ("computer.disk", "pass"),
    ]
    assert [(each.step, round(each.share, 2)) for each in told] == [
        ("sound", 0.0),
        ("kiosk", 0.1),
        ("computer", 0.2),
        ("line", 0.3),
        ("line", 0.65),
    ]
    assert "The step sound failed" in caplog.text
    made = report(Asked(Path("/nowhere"), group=30, room="214"), "lab-07", 5.0, (each for _, each in found))
    assert (made.limit, len(made.curve), made.exit_code) == (22, 1, 2)
