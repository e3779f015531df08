"""What a check and a report say: the worst verdict counts, skipped is never passed, and a report comes back as it went."""

import dataclasses
import json
from typing import get_args

import pytest

from stamp_desktop.readiness.check import EXIT_CODES, Check, Point, Report, Verdict, decode, encode, overall
from stamp_desktop.trouble import Trouble

CLOCK = Check("computer.clock", "Clock", "warn", "3 min 12 s ahead of the server.", 192.0, "s", 60.0, "Set it by the network.")
DISK = Check("computer.disk", "Disk", "pass", "61 GB free.", 61e9, "B", 2e9)
CAMERA = Check("camera.picture", "Camera", "skipped", "Not needed for this test.")
REPORT = Report(
    computer="lab-07",
    room="214",
    site="north-high",
    system="Debian 12",
    program="0.1.0",
    server="https://stamp.example",
    packages=("es 1",),
    group=30,
    mode="direct",
    taken=1_790_000_000.0,
    checks=(CLOCK, DISK, CAMERA),
    curve=(Point(10, 0.4, 30.0),),
    limit=22,
)


@pytest.mark.parametrize(
    ("checks", "verdict"),
    [((DISK,), "pass"), ((DISK, CAMERA), "pass"), ((CAMERA,), "skipped"), ((), "skipped"), ((DISK, CLOCK), "warn")],
)
def test_the_worst_verdict_counts_and_skipped_is_never_passed(checks: tuple[Check, ...], verdict: Verdict) -> None:
    assert overall(checks) == verdict


def test_every_verdict_has_an_exit_code_of_its_own() -> None:
    assert sorted(EXIT_CODES[each] for each in get_args(Verdict)) == [0, 1, 2, 3]


def test_a_report_comes_back_as_it_went() -> None:
    assert decode(encode(REPORT)) == REPORT
    assert (REPORT.verdict, REPORT.exit_code) == ("warn", 1)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"format": 2}', '{"format": 1, "checks": 3}', '{"format": 1} x'])
def test_what_is_no_report_is_refused_with_advice(text: str) -> None:
    with pytest.raises(Trouble) as refused:
        decode(text)
    assert refused.value.code == "readiness-report"


def test_numbers_that_another_tool_has_written_again_are_the_same_numbers() -> None:
    said = json.loads(encode(REPORT))
    said["taken"], said["curve"][0]["drain_seconds"], said["checks"][0]["value"] = 1_790_000_000, 30, 192
    assert decode(json.dumps(said)) == REPORT


def test_a_report_of_a_newer_version_is_named_so() -> None:
    with pytest.raises(Trouble, match="a newer version"):
        decode('{"format": 2}')


@pytest.mark.parametrize(
    ("where", "value"),
    [("taken", 1e300), ("taken", float("nan")), ("taken", -1), ("group", 10**400), ("limit", -3), ("checks", [[[]]])],
)
def test_numbers_that_cannot_be_are_no_report(where: str, value: object) -> None:
    with pytest.raises(Trouble):
        decode(json.dumps(json.loads(encode(REPORT)) | {where: value}))
    nested = "[" * 200_000
    with pytest.raises(Trouble):
        decode(nested)


def test_whoever_warns_says_what_to_do() -> None:
    with pytest.raises(ValueError, match="no remedy"):
        dataclasses.replace(CLOCK, remedy="")
    with pytest.raises(ValueError, match="no such area"):
        dataclasses.replace(CLOCK, id="weather.rain")
