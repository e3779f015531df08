"""An answer, from the fact to the disk: the engine's step, sealing, chaining and one durable transaction."""

import random
import time
from collections.abc import Sequence
from pathlib import Path

from benchmarks import disk
from benchmarks.disk import RawFile
from benchmarks.figures import Figure, percentile
from benchmarks.station import BEFORE_READING, Built
from stamp_desktop.delivery.desk import form_of
from stamp_desktop.delivery.sitting import Sitting
from stamp_desktop.engine.events import Answered, SessionBegan
from stamp_desktop.engine.items import ChoiceKey, ChoiceResponse, GapResponse, Item, Response
from stamp_desktop.storage.clock import SystemClock
from stamp_desktop.storage.journal import Journal
from stamp_desktop.storage.vault import SessionKey

ANSWERS = 500
TARGETS = ((50, 1.5), (99, 4.0))
"""Percentile and how many times the median of the raw append it may take."""


def measure(folder: Path, built: Built) -> Sequence[Figure]:
    """Reading sections one after the other, each in a journal of its own; a raw append after every answer."""
    package = built.open()
    form, dice, clock, took = form_of(package), random.Random(1), SystemClock(), list[float]()
    with RawFile(folder) as raw:
        while len(took) < ANSWERS:
            session, key = f"s{len(took)}", SessionKey.new()
            journal = Journal.create(folder / session / "journal.db", session, key, b"", 0)
            began = SessionBegan(form.package_id, form.package_hash, "g", session, "d", dice.getrandbits(60))
            sitting = Sitting.begin(form, package, journal, key, clock, began)
            for event in BEFORE_READING:
                sitting.record(event)
            while (section := sitting.state.current) and section.item and section.set_id:
                items = form.stocks["reading"][section.set_id].items
                item = next(each for each in items if each.id == section.item)
                answer = Answered(item.id, some_response(item, dice))
                began_at = time.perf_counter()
                sitting.record(answer)
                took.append((time.perf_counter() - began_at) * 1000)
                raw.append()
            journal.close()
    floor = percentile(raw.took, 50)
    return [
        Figure(f"answer commit, p{percent}", percentile(took, percent), floor, f"{disk.NAME}, p50", target)
        for percent, target in TARGETS
    ]


def some_response(item: Item, dice: random.Random) -> Response:
    """Right three times out of five."""
    right = dice.random() < 0.6
    if isinstance(item.key, ChoiceKey):
        return ChoiceResponse(tuple(sorted(item.key.choices)) if right else ())
    return GapResponse({gap: forms[0] if right else "?" for gap, forms in item.key.gaps.items()})
