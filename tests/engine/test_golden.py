"""The same bits everywhere: golden.json was written once, and every version of Python and numpy must come to it."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.engine import golden


def others() -> list[str]:
    """Other interpreters with numpy: those named in STAMP_OTHER_PYTHONS, what the usual names find, and the system's own."""
    named = [path for path in os.environ.get("STAMP_OTHER_PYTHONS", "").split(os.pathsep) if path]
    usual = [shutil.which(f"python3.{minor}") for minor in range(11, 16)] + [shutil.which("python3", path="/usr/bin")]
    found: dict[str, str] = {}
    for path in (*named, *(path for path in usual if path)):
        asked = [path, "-c", "import sys, numpy; assert sys.version_info >= (3, 11); print(sys.version, numpy.__version__)"]
        answer = subprocess.run(asked, capture_output=True, text=True, timeout=60, check=False)
        if answer.returncode == 0 and answer.stdout != own():
            found.setdefault(answer.stdout, path)
    return list(found.values())


def own() -> str:
    import numpy as np  # noqa: PLC0415  # as the others are asked

    return f"{sys.version} {np.__version__}\n"


def test_this_interpreter_comes_to_the_written_bits() -> None:
    kept = json.loads(golden.FILE.read_text("utf-8"))
    assert golden.tables() == kept["tables"]
    assert golden.sittings() == kept["sittings"]


def test_other_interpreters_come_to_the_written_bits() -> None:
    found = others()
    if not found:
        reason = "no other Python with numpy is here: name some in STAMP_OTHER_PYTHONS"
        pytest.fail(reason) if os.environ.get("CI") else pytest.skip(reason)
    root = Path(golden.__file__).parents[2]
    for path in found:
        ran = subprocess.run(
            [path, "-m", "tests.engine.golden"], cwd=root, capture_output=True, text=True, timeout=120, check=False
        )
        assert ran.returncode == 0, ran.stderr
        assert json.loads(ran.stdout) == json.loads(golden.FILE.read_text("utf-8")), ran.stderr
