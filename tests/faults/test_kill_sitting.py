"""A sitting that is killed at any moment: nothing that was called kept is lost, it goes on where it was and ends the same way.

The short form kills 20 times; with STAMP_SOAK=1 8,000 times, and other moments each time (the seed is in the summary).
"""

import random
import secrets
import shutil
import sys
from pathlib import Path

import pytest

from stamp_desktop.delivery.desk import form_of
from stamp_desktop.engine.replay import outcome
from tests.content.small import SmallPackage
from tests.delivery.rooms import Lab
from tests.faults.conftest import SOAK, many
from tests.faults.taker import Taker
from tests.faults.watched import Figures, Seat, trust, without_times

pytestmark = [
    pytest.mark.faults,
    pytest.mark.timeout(36_000 if SOAK else 180),
    pytest.mark.skipif(sys.platform == "win32", reason="the programs are killed by a signal"),
]
KILLS = many(20, 8_000)
MOST_LINES = 14


def test_nothing_that_was_called_kept_is_lost_by_a_kill(tmp_path: Path, small: SmallPackage, report: list[str]) -> None:
    seed = secrets.randbits(32) if SOAK else 1
    dice, figures = random.Random(seed), Figures()
    lab = Lab(tmp_path / "station", small)
    lab.let_in(roster_control="open", opens_ms=0, ends_ms=2**53)
    lab.house.station.enrol(lab.house.device)
    form = form_of(lab.open())
    lab.close()
    trust(lab.root, small)
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    while figures.kills < KILLS:
        figures.sittings += 1
        seat = Seat(lab.root, lab.group, f"taker-{figures.sittings}")
        while figures.kills < KILLS and seat.run(dice.randint(0, MOST_LINES), dice):
            figures.kills += 1
            seat.check(form, figures, scratch)
        if not seat.told.ended:
            assert not seat.run(-1, dice)
        seat.check(form, figures, scratch)
        figures.facts += len(seat.told.facts)
        figures.frames += sum(seat.told.frames.values())
        ended = seat.state(form)
        assert ended.phase == "finished"
        undisturbed = take_undisturbed(tmp_path / f"undisturbed-{figures.sittings}", small, seat, ended.session.seed)
        assert without_times(outcome(form, ended)) == without_times(undisturbed)
        shutil.rmtree(tmp_path / f"undisturbed-{figures.sittings}")
    report.append(f"kill a sitting (seed {seed}): {figures}")
    assert (figures.lost, figures.elsewhere) == (0, 0)


def take_undisturbed(root: Path, small: SmallPackage, seat: Seat, seed: int) -> dict[str, object]:
    """The outcome of the same test taker whom nobody kills."""
    lab = Lab(root, small)
    lab.let_in(roster_control="open", opens_ms=0, ends_ms=2**53)
    lab.house.station.enrol(lab.house.device)
    lab.close()
    trust(root, small)
    numbers = iter(range(10**6))
    first = iter([seed])
    taker = Taker(root, lab.group.test_code, seat.login, seat.login, lambda _: None, lambda: next(first, next(numbers)))
    sitting = taker.run()
    found: dict[str, object] = outcome(sitting.form, sitting.state)
    taker.close()
    return found


def test_a_session_is_noted_for_the_courier_whenever_the_program_died_at_its_beginning(
    tmp_path: Path, small: SmallPackage
) -> None:
    """Killed some moments after its journal is there, mostly before it could say anything."""
    dice = random.Random(2)
    lab = Lab(tmp_path / "station", small)
    lab.let_in(roster_control="open", opens_ms=0, ends_ms=2**53)
    lab.house.station.enrol(lab.house.device)
    trust(lab.root, small)
    seats = [Seat(lab.root, lab.group, f"early-{number}") for number in range(many(20, 500))]
    for seat in seats:
        seat.run_until(lab.folder(seat.session).journal, dice)
        seat.run(1, dice)  # a quick one may be at the end before it is killed
        assert seat.told.opened
    noted = {line.id for line in lab.house.station.sessions()}
    assert noted == {seat.session for seat in seats}
    lab.close()
