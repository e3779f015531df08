"""Sittings whose every bit is written down in golden.json: `python -m tests.engine.golden` prints them, `--write` keeps them.

It runs on any Python that has numpy, so that other versions of both can be held against the file.
"""

import hashlib
import json
import platform
import sys
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np

from stamp_desktop.engine.blueprint import Blueprint, LevelLimit
from stamp_desktop.engine.codec import canonical, encode
from stamp_desktop.engine.explain import explain
from stamp_desktop.engine.form import Form
from stamp_desktop.engine.items import Bank, GapKey, Item, ItemSet
from stamp_desktop.engine.replay import outcome_bytes, replay
from tests.engine.bank import BLUEPRINT, READING, Sitter, by_chance, generated_bank, generated_sets, whole_sitting

FILE = Path(__file__).with_name("golden.json")


def forms() -> dict[str, Form]:
    """Forms that between them use every model and every rule."""
    limits = (LevelLimit((1, 3), 2, 4), LevelLimit((7, 9), 1, 4))
    ruled = replace(READING, level_limits=limits, max_sets_per_topic=2, sets=9, stripes=2)
    stopping = replace(READING, stop_probability=0.7, min_sets=3, sets=20, max_sets_per_topic=0, stripes=1)
    staged = replace(
        READING, stages=(("level-5",), ("level-2", "level-5b", "level-8")), sets=4, stripes=1, max_sets_per_topic=0
    )
    return {
        "stamp": Form(BLUEPRINT, generated_bank(3), "p", "h"),
        "ruled": Form(Blueprint("ruled", "en", (ruled,)), Bank(generated_sets(ruled, 120, 2)), "p", "h"),
        "stopping": Form(Blueprint("stopping", "en", (stopping,)), Bank(generated_sets(stopping, 120, 4)), "p", "h"),
        "staged": Form(Blueprint("staged", "en", (staged,)), Bank(staged_sets()), "p", "h"),
        "graded": Form(
            Blueprint("graded", "en", (READING,)), Bank(tuple(map(graded, generated_sets(READING, 66, 5)))), "p", "h"
        ),
    }


def staged_sets() -> tuple[ItemSet, ...]:
    """Two sets for each module."""
    made = generated_sets(replace(READING, stripes=1), 36, 6)
    modules = {5: ("level-5", "level-5b"), 2: ("level-2",), 8: ("level-8",)}
    found = []
    for level, names in modules.items():
        own = [replace(each, enemies=frozenset()) for each in made if each.level == level]
        found += [replace(own[2 * n + i], module=name) for n, name in enumerate(names) for i in range(2)]
    return tuple(found)


def graded(of: ItemSet) -> ItemSet:
    """The set with a GRM, a GPCM and a 4PL, and times below which an answer is a guess."""
    first, second, third = of.items
    gaps = GapKey({"g1": ("right",), "g2": ("right",)})
    made: tuple[Item, ...] = (
        Item(first.id, gaps, first.a, first.b, model="GRM", steps=(-0.6, 0.5), rapid_ms=2500),
        Item(second.id, gaps, second.a, second.b, model="GPCM", steps=(0.3, -0.2)),
        replace(third, d=0.98, rapid_ms=2500),
    )
    return replace(of, items=made)


def sittings() -> dict[str, dict[str, str]]:
    """For each form and three test takers: digests of the journal, the outcome and the explanation."""
    found = {}
    for name, form in forms().items():
        for number, theta in enumerate((-1.5, 0.2, 1.8)):
            right = by_chance(number, theta)
            if name == "stamp":
                sitter = whole_sitting(form, right, seed=number)
            else:
                sitter = Sitter(form).start(seed=number).open("reading")
                turn = 0
                while sitter.now.open:
                    turn += 1
                    sitter.answer(right(sitter.item()), after_ms=1500 if turn % 7 == 3 else 9000)
            again = replay(form, sitter.journal).state
            journal = [[encode(event).kind, encode(event).body] for event, _ in sitter.journal]
            told = [asdict(each) for each in explain(form, again)]
            found[f"{name} {theta}"] = {
                "journal": digest(canonical(journal)),
                "outcome": digest(outcome_bytes(form, again)),
                "explained": digest(canonical(told)),
            }
    return found


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def tables() -> dict[str, str]:
    """Digests of all rows and all information of the forms."""
    found = {}
    for name, form in forms().items():
        for section, stock in form.stocks.items():
            whole = b"".join(row.astype("<i4").tobytes() for row in stock.rows) + stock.information.astype("<i8").tobytes()
            found[f"{name} {section}"] = digest(whole)
    return found


def main() -> None:
    found = {"sittings": sittings(), "tables": tables()}
    text = json.dumps(found, indent=1, sort_keys=True) + "\n"
    if "--write" in sys.argv:
        FILE.write_text(text, "utf-8")
    sys.stdout.write(text)
    sys.stderr.write(f"Python {platform.python_version()}, numpy {np.__version__}, {platform.machine()}\n")


if __name__ == "__main__":
    main()
