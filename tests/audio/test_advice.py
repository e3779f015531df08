"""What is said to the person: something for every finding and fault, short, and with a picture that exists."""

import json
from pathlib import Path
from typing import get_args

import numpy as np
import pytest

from stamp_desktop.audio import advice, report
from stamp_desktop.audio.encode import to_flac
from stamp_desktop.audio.fault import Fault, FaultCode
from stamp_desktop.audio.levels import to_pcm
from stamp_desktop.audio.playback import Sound
from stamp_desktop.audio.screening import CODES, Code, Finding, Severity
from stamp_desktop.trouble import Trouble

ICONS = Path(__file__).parents[2] / "assets" / "icons"


def test_every_code_of_the_format_is_ordered_once() -> None:
    assert sorted(CODES) == sorted(get_args(Code))


@pytest.mark.parametrize("severity", get_args(Severity))
@pytest.mark.parametrize("code", CODES)
def test_every_finding_has_plain_words_and_a_picture(code: Code, severity: Severity) -> None:
    saying = advice.for_finding(Finding(code, severity, 0.9, ()))
    assert (ICONS / f"{saying.icon}.svg").is_file()
    assert len(saying.title.split()) <= 7
    for sentence in (saying.text, saying.todo):
        assert len(sentence.split()) <= 20
        assert sentence.endswith(".")
    assert ("ecord again" in saying.todo) == (severity == "likely_nr")


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
    assert [list(finding) for finding in read["findings"]] == [["code", "severity", "confidence", "spans", "advice"]]
    assert (read["findings"][0]["code"], read["ratable"]) == ("too_quiet", "no")
