"""The shaped line that other tests measure on: it is what it says, and leaves nothing behind."""

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests import shaped

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def _possible() -> None:
    if why := shaped.missing("ping"):
        pytest.fail(why) if os.environ.get("CI") else pytest.skip(why)


def test_packets_take_as_long_as_the_shape_says() -> None:
    with shaped.shaped(shaped.Shape(10, 10, rtt_ms=60)) as line:
        said = line.near.run("ping", "-c", "3", "-i", "0.2", shaped.FAR)
        quickest = re.search(r"min/avg/max/mdev = ([\d.]+)/", said)
        assert quickest
        assert float(quickest[1]) >= 60


def test_all_packets_are_lost_on_a_line_that_loses_all() -> None:
    with shaped.shaped(shaped.Shape(10, 10, loss=1.0)) as line, pytest.raises(subprocess.CalledProcessError):
        line.near.run("ping", "-c", "2", "-i", "0.2", "-W", "1", shaped.FAR)


def test_nothing_is_left_when_its_owner_is_killed() -> None:
    code = (
        "from tests.shaped import *\n"
        "with shaped(Shape(1, 1)) as line:\n"
        "    print(line.near.pid, line.router.pid, line.far.pid, flush=True)\n"
        "    input()"
    )
    owner = subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert owner.stdout
    pids = [int(word) for word in owner.stdout.readline().split()]
    watched = [os.pidfd_open(pid) for pid in pids]
    owner.send_signal(signal.SIGKILL)
    owner.communicate(timeout=30)
    assert len(watched) == 3
    for each in watched:
        assert shaped.ended(each, 30), "a namespace's process outlived its owner"
        os.close(each)
