"""A simulation carried out on all processors, its progress told. What is simulated and measured is the engine's business."""

import multiprocessing
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from importlib.metadata import version
from typing import TypeAlias

from stamp_desktop.authoring.subject import Subject
from stamp_desktop.engine.simulation.accuracy import Plain
from stamp_desktop.engine.simulation.findings import findings, robust
from stamp_desktop.engine.simulation.plan import Plan, World
from stamp_desktop.engine.simulation.sittings import Sitting, Truth, sit_all, truth

Progress: TypeAlias = Callable[[str, int, int], None]
"""What is being done, how many takers are done, of how many."""

BATCH = 50
ROBUST_TAKERS = 1000
"""Takers for each other world: enough to see a tenth of RMSE, and a tenth of the work of the simulation itself."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What is to be done: the plan, takers for each other world (0: none), and in how many processes (0: all processors)."""

    plan: Plan
    robust_takers: int = ROBUST_TAKERS
    processes: int = 0


def other_worlds(set_effect: float) -> tuple[World, ...]:
    """The ways in which the world may differ from the bank's parameters, one at a time; the first does not differ."""
    return (
        World("as modelled", set_effect),
        World("no set effect", 0.0),
        World("set effect twice as large", set_effect * 2 or 0.5),
        World("one in ten guesses the second half", set_effect, guessers=0.1),
        World("difficulties off by SD 0.3", set_effect, misfit=0.3),
        World("one set in ten easier by 0.5", set_effect, drifted=0.1),
    )


def simulate(subject: Subject, asked: Asked, progress: Progress) -> Plain:
    """The whole JSON document of docs/simulation.md."""
    plan = asked.plan
    with _pool(subject, asked.processes) as run:
        sittings = run(plan, "simulating", progress)
        made = truth(subject.stock, plan)
        document = findings(made, plan, sittings, subject.bank_hash)
        document["package_hash"] = subject.package_hash
        document["program"] = f"stamp-desktop {version('stamp-desktop')}"
        document["robustness"] = []
        if asked.robust_takers:
            takers = min(asked.robust_takers, plan.takers)
            for world in other_worlds(subject.stock.section.set_effect):
                other = replace(plan, takers=takers, world=world)
                found = run(other, world.name, progress)
                document["robustness"].append(robust(truth(subject.stock, other), other, found))
    return document


Run: TypeAlias = Callable[[Plan, str, Progress], list[Sitting]]


class _pool:  # noqa: N801  # used as a function, as `closing` is
    """Gives a function that runs a plan, in this process or in several."""

    def __init__(self, subject: Subject, processes: int) -> None:
        self._subject = subject
        self._processes = processes or os.cpu_count() or 1
        self._executor: ProcessPoolExecutor | None = None

    def __enter__(self) -> Run:
        if self._processes > 1:
            self._executor = ProcessPoolExecutor(
                self._processes, multiprocessing.get_context("spawn"), initializer=_begin, initargs=(self._subject,)
            )
        else:
            _begin(self._subject)
        return self._run

    def __exit__(self, *_: object) -> None:
        if self._executor is not None:
            self._executor.shutdown(cancel_futures=True)

    def _run(self, plan: Plan, what: str, progress: Progress) -> list[Sitting]:
        numbers = range(plan.takers)
        batches = [(plan, numbers[start : start + BATCH]) for start in range(0, plan.takers, BATCH)]
        sittings: list[Sitting] = []
        for part in self._parts(batches):
            sittings += part
            progress(what, len(sittings), plan.takers)
        return sittings

    def _parts(self, batches: Sequence[tuple[Plan, range]]) -> Iterator[list[Sitting]]:
        return self._executor.map(_batch, batches) if self._executor else map(_batch, batches)


# What a process works on, made once when it starts; and the last world made ready in it.
_subject: list[Subject] = []
_ready: dict[Plan, Truth] = {}


def _begin(subject: Subject) -> None:
    _subject[:] = [subject]
    _ready.clear()


def _batch(work: tuple[Plan, range]) -> list[Sitting]:
    plan, numbers = work
    if plan not in _ready:
        _ready.clear()
        _ready[plan] = truth(_subject[0].stock, plan)
    return list(sit_all(_ready[plan], plan, numbers))
