"""What is said to the person: something for every finding and fault, short, and with a picture that exists."""

import json
import re
from pathlib import Path
from typing import get_args

import numpy as np
import pytest

from stamp_desktop.audio import advice, report
from stamp_desktop.audio.encode import to_flac
from stamp_desktop.audio.fault import Fault, FaultCode
from stamp_desktop.audio.findings import Cause
from stamp_desktop.audio.levels import to_pcm
from stamp_desktop.audio.playback import Sound
from stamp_desktop.audio.screening import CODES, Code, Finding, Severity
from stamp_desktop.trouble import Trouble

ICONS = Path(__file__).parents[2] / "assets" / "icons"


def test_every_code_of_the_format_is_ordered_once() -> None:
    assert sorted(CODES) == sorted(get_args(Code))


@pytest.mark.parametrize("severity", get_args(Severity))
@pytest.mark.parametrize("cause", get_args(Cause))
@pytest.mark.parametrize("code", CODES)
def test_every_finding_has_plain_words_and_a_picture(code: Code, cause: Cause, severity: Severity) -> None:
    saying = advice.for_finding(Finding(code, severity, 0.9, (), cause))
    assert (ICONS / f"{saying.icon}.svg").is_file()
    assert len(saying.title.split()) <= 7
    for sentence in (saying.text, saying.todo):
        assert len(sentence.split()) <= 20
        assert sentence.endswith(".")
    assert ("ecord again" in saying.todo) == (severity == "likely_nr")


def reading_grade(text: str) -> float:
    """The school grade that reads a text with ease: the Automated Readability Index (Smith and Senter 1967)."""
    words = re.findall(r"[^\W_]+(?:['’][^\W_]+)?", text)
    sentences = max(1, len(re.findall(r"[.?!]", text)))
    return 4.71 * sum(map(len, words)) / len(words) + 0.5 * len(words) / sentences - 21.43


def test_a_thirteen_year_old_can_read_what_is_said() -> None:
    grades = {text: reading_grade(text) for text in advice.texts()}
    sentences = {text: grade for text, grade in grades.items() if len(text.split()) > 5}
    assert max(sentences.values()) <= 7.5, max(sentences, key=lambda text: sentences[text])
    assert sum(sentences.values()) / len(sentences) <= 3.0


def test_the_index_tells_hard_from_easy() -> None:
    assert reading_grade("Push the plug in firmly and keep the cable still.") < 4
    assert reading_grade("Electromagnetic interference considerably deteriorates intelligibility.") > 14


@pytest.mark.parametrize(
    ("code", "cause", "word"),
    [
        ("no_signal", "zeros", "mute"),
        ("no_signal", "faint", "wrong"),
        ("too_quiet", "distance", "far"),
        ("too_quiet", "gain", "turned"),
        ("hum", "loop", "port"),
        ("hum", "charger", "charger"),
        ("loud_background", "alarm", "alarm"),
    ],
)
def test_the_cause_decides_what_is_said(code: Code, cause: Cause, word: str) -> None:
    saying = advice.for_finding(Finding(code, "likely_nr", 0.9, (), cause))
    assert word in f"{saying.title} {saying.text} {saying.todo}".lower()


def test_what_there_is_to_translate_is_all_that_is_said() -> None:
    for code in CODES:
        for cause in get_args(Cause):
            for severity in get_args(Severity):
                saying = advice.for_finding(Finding(code, severity, 0.9, (), cause))
                assert {saying.title, saying.text, saying.todo} <= set(advice.texts())


@pytest.mark.parametrize("code", get_args(FaultCode))
def test_every_fault_has_plain_words_and_a_picture(code: FaultCode) -> None:
    saying = advice.for_fault(Fault(code))
    assert (ICONS / f"{saying.icon}.svg").is_file()
    assert saying.todo


def test_a_fault_speaks_with_the_words_of_its_trouble() -> None:
    saying = advice.for_fault(Fault("disk", Trouble("disk-full", "The disk is full.", "Two minutes are kept.", "Call IT.")))
    assert (saying.text, saying.todo) == ("The disk is full. Two minutes are kept.", "Call IT.")


def test_a_file_becomes_one_line_in_the_fixed_form(voice: Sound, tmp_path: Path) -> None:
    file = tmp_path / "answer.flac"
    file.write_bytes(to_flac(to_pcm(voice.samples * np.float32(0.002)), voice.rate))
    line = report.line("Ana's answer.flac", report.screened(file))
    read = json.loads(line)
    assert "\n" not in line
    assert list(read) == ["file", "findings", "ratable"]
    assert all(list(finding) == ["code", "severity", "confidence", "spans", "advice"] for finding in read["findings"])
    assert (read["findings"][0]["code"], read["ratable"]) == ("too_quiet", "no")
