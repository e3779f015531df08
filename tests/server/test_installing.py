"""What lies in installers/server says what the program understands."""

import os
import re
import shlex
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from stamp_desktop.server import cli
from stamp_desktop.server.ready import ready
from stamp_desktop.server.settings import DATABASE, OBJECTS
from tests.server_process import ServerProcess

ROOT = Path(__file__).parents[2]
HERE = ROOT / "installers" / "server"


def composed() -> dict[str, Any]:
    text = (HERE / "compose.yaml").read_text("utf-8")
    values = {"STAMP_WORKERS": "4", "STAMP_NAME": "stamp.example.org", "STAMP_DATABASE_PASSWORD": "secret"}
    filled = re.sub(r"\$\{(\w+)(?::?[-?][^}]*)?\}", lambda found: values.get(found[1], ""), text)
    made: dict[str, Any] = yaml.safe_load(filled)
    return made


def understood(words: list[str]) -> Any:
    return cli.parser().parse_args(words)


def test_the_composed_server_is_started_with_options_that_exist() -> None:
    service = composed()["services"]["server"]
    asked = understood(service["command"])
    assert (asked.host, asked.port, asked.workers, asked.log) == ("0.0.0.0", 8440, 4, "json")  # noqa: S104
    assert service["environment"][DATABASE].startswith("postgresql://")
    assert OBJECTS in service["environment"]
    assert str(asked.port) in service["ports"][0]
    assert asked.data == Path(service["volumes"][0].partition(":")[2])


def test_every_volume_and_dependency_of_the_composition_is_there() -> None:
    made = composed()
    named = {volume.partition(":")[0] for service in made["services"].values() for volume in service["volumes"]}
    assert named == set(made["volumes"])
    assert set(made["services"]["server"]["depends_on"]) <= set(made["services"])
    assert (HERE / made["services"]["server"]["build"]["context"]).resolve() == ROOT


def test_the_container_is_built_from_what_is_there() -> None:
    text = (HERE / "Containerfile").read_text("utf-8")
    for line in re.findall(r"^COPY (.+)$", text, re.MULTILINE):
        for source in line.split()[:-1]:
            assert (ROOT / source).exists(), source
    command = next(line for line in text.splitlines() if line.startswith("CMD"))
    assert understood(yaml.safe_load(command.removeprefix("CMD "))).host == "0.0.0.0"  # noqa: S104
    assert (ROOT / "stamp_desktop" / "server" / "ready.py").exists()


@pytest.mark.parametrize("unit", sorted((HERE / "systemd").glob("*.service")), ids=lambda path: path.stem)
def test_a_service_runs_a_verb_that_exists(unit: Path) -> None:
    command = next(line for line in unit.read_text("utf-8").splitlines() if line.startswith("ExecStart="))
    words = [word for word in shlex.split(command.removeprefix("ExecStart=")) if not word.startswith("$")]
    assert words[:2] == ["/usr/bin/env", "stamp-server"]
    understood(words[2:])


def test_systemd_finds_nothing_wrong_with_the_units() -> None:
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd-analyze is missing")
    units = sorted(map(str, (HERE / "systemd").iterdir()))
    found = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *units],
        capture_output=True,
        text=True,
        timeout=60,
        env={**os.environ, "SYSTEMD_COLORS": "0"},
        check=False,
    )
    ours = [line for line in found.stderr.splitlines() if "stamp-server" in line]
    assert ours == []


def test_the_engines_question_is_answered_by_a_server_that_is_ready(server: ServerProcess) -> None:
    assert ready(server.url)
    assert not ready("http://127.0.0.1:9")
