"""Ten minutes of ordinary use, by keyboard and mouse, in every section: the guardian finds nothing. The long form only."""

import os
import time
from functools import partial

import pytest

from tests.attack.bench import bench
from tests.attack.report import Report
from tests.journeys.person import Person
from tests.journeys.scene import Scene
from tests.journeys.short_test import write_short

SECONDS = 600 * float(os.environ.get("STAMP_SOAK") or 0)
LOGINS = ("diego", "amara", "lin", "noah", "priya", "yusuf")
POTTERS = {"writing", "introduction", "dashboard", "section done"}
"""Where the next thing that a person does begins with a click, wherever the keys go."""

POPUPS = ("Volume", "Text size and colours")


@pytest.mark.skipif(not SECONDS, reason="ten minutes: the long form (STAMP_SOAK)")
@pytest.mark.usefixtures("attackers")
@pytest.mark.timeout(2 * SECONDS + 900)
def test_ordinary_use_gives_no_false_finding(tmp_path_factory: pytest.TempPathFactory, report: Report) -> None:
    seen: set[str] = set()
    with bench(tmp_path_factory.mktemp("use"), guarded=True, test=partial(write_short, brief=False)) as made:
        made.start()
        begun = time.monotonic()
        for number, login in enumerate(LOGINS):
            somebody = Person(made.lab, made.screen(), login, hears_out=2, seed=number)

            def look(scene: Scene, somebody: Person = somebody) -> None:
                seen.add(scene.section)
                if scene.kind in POTTERS and somebody.dice.random() < 0.5:
                    somebody.screen.press(somebody.dice.choice(POPUPS))
                    somebody.screen.key("Escape")

            somebody._seen = look
            somebody.take_the_test()
            somebody.wait_for_receipt()
            if time.monotonic() - begun > SECONDS:
                break
            somebody.screen.press("Leave")
        minutes = (time.monotonic() - begun) / 60
        assert {"Reading", "Listening", "Writing", "Speaking"} <= seen
        assert made.said(0, "told", "lock") == []
        row = report.row("ordinary use in every section")
        row.held = f"held: nothing found in {minutes:.0f} minutes"
        assert minutes * 60 > SECONDS or number == len(LOGINS) - 1
