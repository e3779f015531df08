"""The wall clock is set a day forward and back, the computer starts again, the program is killed: the time used is right.

The short form tries 6 sittings; with STAMP_SOAK=1 100.
"""

import json
import os
import random
import secrets
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from stamp_desktop.delivery.exam import TICK_MS
from stamp_desktop.delivery.runner import Pulse
from stamp_desktop.delivery.sitting import CLOCK_STEP_MS
from stamp_desktop.delivery.views import ItemView
from stamp_desktop.engine.events import ClockStepped
from tests.content.small import SmallPackage
from tests.delivery.rooms import Lab, Somebody
from tests.faults.conftest import ROOT, SOAK, many, missing
from tests.faults.watched import trust

pytestmark = [pytest.mark.faults, pytest.mark.timeout(36_000 if SOAK else 180)]
SITTINGS = many(6, 100)
DAY_MS = 86_400_000
MOST_WRONG_MS = 5_000
UNDER_ANOTHER_CLOCK = """
import json, secrets, sys, time
from pathlib import Path
from tests.faults.taker import Taker
root, code, login, facts = Path(sys.argv[1]), sys.argv[2], sys.argv[3], int(sys.argv[4])

class Enough(Exception):
    pass

told = []
def tell(line):
    told.append(line)
    if len(told) > facts:
        raise Enough

began = time.monotonic()
taker = Taker(root, code, login, login, tell, lambda: secrets.randbits(63))
try:
    taker.run()
except Enough:
    pass
used = sum(section.used_ms for section in taker._sitting.state.sections)
taker.close()
print(json.dumps([time.time(), time.monotonic() - began, used]))
"""


def used_ms(somebody: Somebody) -> int:
    assert somebody.sitting is not None
    return somebody.sitting.state.section("reading").used_ms


def test_time_used_is_right_whatever_is_done_to_the_clock(tmp_path: Path, small: SmallPackage, report: list[str]) -> None:
    seed = secrets.randbits(32) if SOAK else 1
    dice, worst, steps, starts, noted = random.Random(seed), 0, 0, 0, 0
    for number in range(SITTINGS):
        lab = Lab(tmp_path / str(number), small)
        lab.let_in(opens_ms=0, ends_ms=2**53)
        ana = Somebody(lab)
        ana.get_ready()
        ana.begin("reading")
        ana.practise()
        spent, stepped, killed = 0, 0, False
        for _ in range(dice.randint(3, 12)):
            for _ in range(dice.randint(1, 12)):  # the program looks at its clock every five seconds, and so does this
                ana.pass_time(TICK_MS / 1000)
                spent += TICK_MS
            what = dice.choice(("forward", "back", "a bit", "start again", "kill"))
            if what in {"forward", "back"}:
                lab.clock.wall += DAY_MS if what == "forward" else -DAY_MS
                ana.say(Pulse())
                stepped += 1
            elif what == "a bit":
                lab.clock.wall += dice.randint(-CLOCK_STEP_MS, CLOCK_STEP_MS) // 2
            else:
                killed = killed or what == "kill"
                ana.leave()
                lab.clock.wall += dice.randint(0, 3) * DAY_MS
                if what == "start again":
                    lab.clock.mono, lab.clock.start = dice.randint(0, 10**6), f"boot-{starts}"
                else:
                    lab.clock.mono += dice.randint(0, 3) * DAY_MS
                starts += 1
                ana = Somebody(lab)
                ana.sign_in()
        ana.see(ItemView)
        ana.say(Pulse())
        worst = max(worst, abs(used_ms(ana) - spent))
        session = ana.session
        ana.leave()
        noted += sum(isinstance(fact, ClockStepped) for fact in lab.facts(session))
        steps += stepped
        lab.close()
    report.append(
        f"clocks (seed {seed}): {SITTINGS} sittings, {steps} steps of a day, {starts} new starts: time used wrong by at most "
        f"{worst / 1000:.1f} s"
    )
    assert noted >= steps // 2 > 0  # a step back behind a step forward may leave nothing to note
    assert worst <= MOST_WRONG_MS


def test_time_used_is_right_under_a_system_clock_that_is_a_day_off(tmp_path: Path, small: SmallPackage) -> None:
    faketime = shutil.which("faketime")
    if sys.platform != "linux" or faketime is None:
        missing("faketime, which shows a program another time")
    lab = Lab(tmp_path / "station", small)
    lab.let_in(roster_control="open", opens_ms=0, ends_ms=2**53)
    lab.house.station.enrol(lab.house.device)
    lab.close()
    trust(lab.root, small)
    walls, real = [], 0.0
    for facts, offset in ((20, "+0d"), (20, "+1d"), (20, "-1d")):
        done = subprocess.run(
            [
                faketime,
                "-f",
                offset,
                sys.executable,
                "-c",
                UNDER_ANOTHER_CLOCK,
                lab.root,
                lab.group.test_code,
                "ben",
                str(facts),
            ],
            cwd=ROOT,
            env={**os.environ, "FAKETIME_DONT_FAKE_MONOTONIC": "1", "DONT_FAKE_MONOTONIC": "1"},
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
        assert done.returncode == 0, done.stderr
        wall, took, used = json.loads(done.stdout)
        walls.append(wall)
        real += took
        assert used <= real * 1000
    assert walls[1] - walls[0] > 80_000
    assert walls[1] - walls[2] > 160_000
