"""Real files for the tests of storage: a key, a session that is open, programs that can be killed."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from stamp_desktop.storage.journal import Journal
from stamp_desktop.storage.vault import SessionKey

ROOT = Path(__file__).parents[2]


@pytest.fixture
def key() -> SessionKey:
    return SessionKey(bytes(range(32)))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "sessions" / "s1" / "journal.db"


@pytest.fixture
def journal(path: Path, key: SessionKey) -> Iterator[Journal]:
    opened = Journal.create(path, "s1", key, b"wrapped", created_ms=1_000)
    yield opened
    opened.close()


@pytest.fixture
def program() -> Iterator[Callable[..., "subprocess.Popen[str]"]]:
    """Starts a Python program that has the package; whatever still runs at the end is killed."""
    started: list[subprocess.Popen[str]] = []

    def start(script: str, *arguments: object, env: dict[str, str] | None = None) -> "subprocess.Popen[str]":
        process = subprocess.Popen(
            [sys.executable, "-c", script, *map(str, arguments)],
            cwd=ROOT,
            env=env,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()
