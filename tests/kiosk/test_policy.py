"""The tables, cell by cell, and an organization's own values."""

import json
from pathlib import Path

import pytest

from stamp_desktop.kiosk import policy
from stamp_desktop.kiosk.linux.keys import CONTROL, LOCKS, MOD1, MOD4, SHIFT, chord, taken
from stamp_desktop.kiosk.policy import KEYS, OPEN_KEYS, PROGRAMS, RULES, Policy
from stamp_desktop.trouble import Trouble


def test_each_finding_has_a_severity_and_a_sentence() -> None:
    for code, rule in RULES.items():
        assert rule.severity in policy.SEVERITIES
        assert rule.said.endswith("."), code


def test_only_a_second_screen_lifts_itself() -> None:
    assert [code for code, rule in RULES.items() if rule.lifts == "cause"] == ["second-screen"]


def test_warnings_about_a_machine_never_pause() -> None:
    assert {RULES[code].severity for code in ("virtual-machine", "remote-session")} == {"warn"}


@pytest.mark.parametrize(
    ("combination", "wanted"),
    [
        ("Alt+Tab", (MOD1, "Tab")),
        ("Ctrl+Alt+t", (CONTROL | MOD1, "t")),
        ("Ctrl+Shift+Escape", (CONTROL | SHIFT, "Escape")),
        ("Super+d", (MOD4, "d")),
        ("Print", (0, "Print")),
    ],
)
def test_combinations_are_told_to_x(combination: str, wanted: tuple[int, str]) -> None:
    assert chord(combination) == wanted


def test_a_closed_combination_is_taken_whatever_the_lock_keys_are() -> None:
    assert {(MOD1 | lock, "Tab") for lock in LOCKS} <= set(taken())


def test_what_must_work_is_not_taken() -> None:
    closed = {key.combination for key in KEYS if key.how == "taken"}
    assert not closed & {key.combination for key in OPEN_KEYS}
    assert not {name for _, name in taken()} & {"ISO_Level3_Shift", "dead_acute", "Super_L", "Super_R"}


def test_names_of_programs_are_small_letters() -> None:
    assert all(name == name.lower() for name in PROGRAMS)


def test_an_organization_changes_what_it_names(tmp_path: Path) -> None:
    file = tmp_path / "policy.json"
    file.write_text(json.dumps({"severities": {"second-screen": "warn"}, "screens": 2, "trusted": ["/opt/reader/bin/reader"]}))
    read = policy.load(file)
    assert (read.rule("second-screen").severity, read.screens) == ("warn", 2)
    assert read.rule("key-logger") == RULES["key-logger"]
    assert "/opt/reader/bin/reader" in read.trusted
    assert "/usr/bin/orca" in read.trusted


def test_a_policy_comes_back_as_it_was_written() -> None:
    assert policy.from_facts(policy.to_facts(Policy()), "") == Policy()


@pytest.mark.parametrize(
    "text",
    ["", "[]", '{"screens": 0}', '{"severities": {"unheard-of": "warn"}}', '{"severities": {"second-screen": "shout"}}',
     '{"trusted": ["reader"]}', '{"colour": 1}', '{"hang_seconds": 0}'],
)  # fmt: skip
def test_a_policy_that_is_none_is_said(tmp_path: Path, text: str) -> None:
    file = tmp_path / "policy.json"
    file.write_text(text)
    with pytest.raises(Trouble, match="cannot be read") as raised:
        policy.load(file)
    assert raised.value.code == "kiosk-policy"
