"""The examples for fleets are well formed, and what they run is what the program understands."""

import re
import shlex
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
import yaml
from pygments.lexers.shell import PowerShellLexer
from pygments.token import Error

from stamp_desktop.cli import parser
from tests.readiness.conftest import ROOT

FLEET = ROOT / "installers" / "fleet"


def of_ansible() -> list[list[str]]:
    plays = yaml.safe_load((FLEET / "ansible" / "readiness.yml").read_text(encoding="utf-8"))
    found = []
    for task in (task for play in plays for task in play["tasks"]):
        if "ansible.builtin.command" in task:
            words = task["ansible.builtin.command"]["argv"]
            found.append(["30" if word == "{{ group }}" else word for word in words])
        if "ansible.builtin.shell" in task:
            found.append(shlex.split(task["ansible.builtin.shell"]["cmd"]))
    return found


def of_intune() -> list[list[str]]:
    text = (FLEET / "intune" / "Detect-Readiness.ps1").read_text(encoding="utf-8")
    assert not [value for kind, value in PowerShellLexer().get_tokens(text) if kind in Error]
    assert all(text.count(opening) == text.count(closing) for opening, closing in ("()", "{}", "[]"))
    options = re.search(r"\$Options = @\((.*?)\)", text)
    assert options is not None
    return [["stamp-desktop", *(word.strip().strip("'") for word in options[1].split(","))]]


def of_gpo() -> list[list[str]]:
    tree = ET.parse(FLEET / "gpo" / "ScheduledTasks.xml")  # noqa: S314  # a file of ours
    return [
        [Path((each.findtext("Command") or "").replace("\\", "/")).stem, *(each.findtext("Arguments") or "").split()]
        for each in tree.iter("Exec")
    ]


@pytest.mark.parametrize("words", [*of_ansible(), *of_intune(), *of_gpo()], ids=" ".join)
def test_what_the_examples_run_is_understood(words: list[str]) -> None:
    assert words[:2] == ["stamp-desktop", "readiness"]
    asked = parser().parse_args(words[1:])
    assert asked.run.__module__ == "stamp_desktop.cli.readiness"
    if "merge" not in words:
        assert asked.silent
