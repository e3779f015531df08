"""The kiosk's own session starts ibus: the computer's layout stays under it, with AltGr and dead keys, in each engine."""

import os
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.attack import input_methods
from tests.attack.bench import LOOK_SECONDS, WAIT_SECONDS
from tests.journeys.desktop import desktop, ended
from tests.journeys.lab import ROOT

SESSION = ROOT / "installers/linux/kiosk/files/usr/lib/stamp-desktop/kiosk-session"
SETTING = "use-system-keyboard-layout"
PROGRAM = """#!/bin/sh
until ibus engine >/dev/null 2>&1; do sleep 0.1; done
for engine in hangul xkb:us::eng hangul libpinyin hangul; do
  until [ "$(ibus engine)" = $engine ]; do ibus engine $engine; done
done
touch {folder}/switched
until [ -e {folder}/seen ]; do sleep 0.1; done
ibus exit
"""


def script(folder: Path, text: str) -> Path:
    """The session with a program in the kiosk's place that changes engines and waits."""
    program, session = folder / "program", folder / "session"
    program.write_text(PROGRAM.format(folder=folder), encoding="utf-8")
    session.write_text(text.replace("@PROGRAM@", str(program)).replace("@DATA@", str(folder)), encoding="utf-8")
    for file in (program, session):
        file.chmod(0o755)
    return session


def wait(ask: Callable[[], bool], what: str) -> None:
    until = time.monotonic() + WAIT_SECONDS
    while not ask():
        assert time.monotonic() < until, f"no {what}"
        time.sleep(LOOK_SECONDS)


@pytest.mark.usefixtures("attackers")
@pytest.mark.parametrize("kept", [True, False], ids=["as installed", "without the setting"])
def test_ibus_keeps_the_computers_layout(tmp_path: Path, kept: bool) -> None:
    if reason := input_methods.lacking():
        pytest.skip(reason)  # in CI `attackers` has failed for it
    tmp_path.chmod(0o700)
    text = SESSION.read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if kept or SETTING not in line]
    assert len(lines) == len(text.splitlines()) - (not kept), "the session does not say it any more"
    with desktop(tmp_path, "", manager=False) as screen:
        own = {f"XDG_{name}_HOME": str(tmp_path / name.lower()) for name in ("CONFIG", "CACHE", "DATA")}
        env = {**os.environ, **screen.env, **own, "PATH": f"/usr/bin:{os.environ['PATH']}"}
        del env["DBUS_SESSION_BUS_ADDRESS"]  # a session's own bus, that knows where its settings lie

        def layout() -> bytes:
            return subprocess.run(["xkbcomp", env["DISPLAY"], "-"], env=env, check=True, capture_output=True).stdout

        subprocess.run(["setxkbmap", "-layout", "us", "-variant", "altgr-intl"], env=env, check=True)
        before = layout()
        assert b"adiaeresis" in before
        with (tmp_path / "session.log").open("wb") as log:
            session = subprocess.Popen([str(script(tmp_path, "\n".join(lines)))], env=env, stdout=log, stderr=log)
        try:
            wait((tmp_path / "switched").exists, "engines")
            if kept:
                assert layout() == before
            else:
                wait(lambda: layout() != before, "layout of ibus's own")
            (tmp_path / "seen").touch()
            session.wait(WAIT_SECONDS)
        finally:
            ended(session)
