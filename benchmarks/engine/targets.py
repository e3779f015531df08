"""The targets on the reference bank: the engine's own choosing and scoring, on banks dealt by the product's solver."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

from benchmarks.engine import reference
from stamp_desktop.authoring.dealing import deal
from stamp_desktop.authoring.simulate import Asked, simulate
from stamp_desktop.authoring.subject import Subject
from stamp_desktop.engine.items import Bank
from stamp_desktop.engine.simulation.plan import Abilities, Plan, World

Plain: TypeAlias = dict[str, Any]

TAKERS = 10_000
LAB = (4, 8)
TUNING_SEED = 1
"""Seed of the bank and the takers by which the engine was tuned; every other seed gives a bank that it never saw."""
OTHER_SEEDS = (20_261, 20_262)
SIZES = ((540, 3), (1080, 4))
"""Items, and the stripes that so many items bear; seats of a 4 x 8 lab in the largest stripe: 11 and 8 of 32."""


@dataclass(frozen=True, slots=True)
class Target:
    """What is measured, as a function of a simulation's document, and the range in which it has to lie."""

    name: str
    of: Callable[[Plain], float]
    low: float = 0.0
    high: float = float("inf")
    items: int = 0  # only with a bank of so many; 0: with every bank

    def kept(self, value: float) -> bool:
        """To the digits that the target has: .344 is a largest exposure of .34."""
        return self.low <= round(value, 3) <= self.high

    @property
    def goal(self) -> str:
        parts = ([f"≥ {self.low:g}"] if self.low else []) + ([f"≤ {self.high:g}"] if self.high < float("inf") else [])
        return " and ".join(parts) or "no target"


def _score(method: str, key: str) -> Callable[[Plain], float]:
    return lambda found: float(found["by_score"][method][key])


def _summary(key: str) -> Callable[[Plain], float]:
    return lambda found: float(found["summary"][key])


def _stated_gap(method: str) -> Callable[[Plain], float]:
    return lambda found: abs(float(found["by_score"][method]["stated_p"]) - float(found["by_score"][method]["exact"]))


TARGETS = (
    Target("exact level, pattern", _score("pattern", "exact"), low=0.600),
    Target("exact level, level table", _score("level_table", "exact"), low=0.590),
    Target("within one level, pattern", _score("pattern", "adjacent"), low=0.985),
    Target("within one level, level table", _score("level_table", "adjacent"), low=0.985),
    Target("95 % interval covers, pattern", _score("pattern", "coverage95"), low=0.94, high=0.96),
    Target("95 % interval covers, level table", _score("level_table", "coverage95"), low=0.94, high=0.96),
    Target("stated P against observed, pattern", _stated_gap("pattern"), high=0.02),
    Target("stated P against observed, level table", _stated_gap("level_table"), high=0.02),
    Target("largest exposure in a lab of 32", _summary("lab_max_exposure"), high=0.344, items=540),
    Target("largest exposure in a lab of 32", _summary("lab_max_exposure"), high=0.25, items=1080),
    Target("overlap in a lab", _summary("overlap"), high=0.15),
    Target("overlap of neighbours", _summary("neighbour_overlap"), high=0.0),
    Target("sets never used", _summary("unused"), high=0.25, items=540),
    Target("sets never used", _summary("unused"), items=1080),
    Target("rules broken", _summary("violations"), high=0.0),
)


def measure(
    takers: int, sizes: Sequence[int], seeds: Sequence[int], say: Callable[[str], None]
) -> Iterator[tuple[int, int, Plain]]:
    """(items, seed, document) of each bank."""
    for items, stripes in ((items, stripes) for items, stripes in SIZES if items in sizes):
        for seed in seeds:
            say(f"{items} items, seed {seed}")
            section = replace(reference.SECTION, stripes=stripes)
            bank = reference.bank(items, seed)
            subject = Subject(f"reference bank {items}-{seed}", section, Bank(deal(bank.sets, stripes)))
            plan = Plan(takers, seed, LAB, Abilities("normal", 0.0, 1.5), World("as modelled", section.set_effect))
            found = simulate(subject, Asked(plan, robust_takers=0), lambda *_: None)
            for method, of in found["by_score"].items():
                say(
                    f"  {method}: " + ", ".join(f"{key} {of[key]:.4f}" for key in ("exact", "coverage95", "stated_p", "unused"))
                )
            yield items, seed, found


def table(results: Sequence[tuple[int, int, Plain]]) -> tuple[str, bool]:
    """The targets as a Markdown table, and whether all are kept."""
    head = ["target", "", *(f"{items} items, seed {seed}" for items, seed, _ in results)]
    lines, whole = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)], True
    for target in TARGETS:
        cells = []
        for items, _, found in results:
            if target.items not in {0, items}:
                cells.append("")
                continue
            value = target.of(found)
            kept = target.kept(value)
            whole &= kept
            cells.append(f"{value:.3f}" if kept else f"**{value:.3f} missed**")
        lines.append("| " + " | ".join([target.name, target.goal, *cells]) + " |")
    return "\n".join(lines), whole
