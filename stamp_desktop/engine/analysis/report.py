"""All analyses of one section, as plain values for one JSON document. The keys are described in docs/simulation.md."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, TypeAlias

from stamp_desktop.engine import personfit
from stamp_desktop.engine.analysis.dif import Group, mantel_haenszel, strata
from stamp_desktop.engine.analysis.drift import drift
from stamp_desktop.engine.analysis.taken import Taken
from stamp_desktop.engine.analysis.times import times
from stamp_desktop.engine.form import Stock

Plain: TypeAlias = dict[str, Any]

DIGITS = 6


def analyse(stock: Stock, taken: Sequence[Taken], focal: str = "", reference: str = "") -> Plain:
    """Exposure, drift, DIF (where two groups are named), person fit and response times of a section."""
    items = {item.id: item for item_set in stock.sets for item in item_set.items}
    given = Counter(set_id for each in taken for set_id in each.sets)
    scores: dict[str, list[tuple[float, int]]] = defaultdict(list)
    compared: dict[str, list[tuple[Group, float, bool]]] = defaultdict(list)
    clocked: dict[str, list[tuple[int, bool]]] = defaultdict(list)
    groups: dict[str, Group] = {reference: "reference", focal: "focal"} if focal and reference else {}
    for each in taken:
        for answer in each.answers:
            clocked[answer.item].append((answer.response_ms, answer.rapid))
            if answer.rapid:
                continue
            scores[answer.item].append((each.theta, answer.score))
            if each.group in groups and items[answer.item].points == 1:
                compared[answer.item].append((groups[each.group], each.theta, bool(answer.score)))
    drifts = [found for name in sorted(scores) if (found := drift(items[name], scores[name]))]
    difs = [compare for name in sorted(compared) if (compare := mantel_haenszel(name, strata(compared[name])))]
    clocks = [clock for name in sorted(clocked) if (clock := times(name, clocked[name]))]
    fits = [(each.person, each.lz_star) for each in taken if each.lz_star is not None]
    return {
        "section": stock.section.id,
        "people": len(taken),
        "exposure": {each.id: _rounded(given[each.id] / max(len(taken), 1)) for each in stock.sets},
        "drift": [{**_plain(found), "flagged": found.flagged} for found in drifts],
        "dif": [{**_plain(found), "class": found.ets_class} for found in difs],
        "person_fit": {
            "people": len(fits),
            "unlikely": [[person, _rounded(value)] for person, value in fits if value < personfit.UNLIKELY],
        },
        "times": [_plain(found) for found in clocks],
    }


def _plain(found: Any) -> Plain:
    return {key: _rounded(value) for key, value in asdict(found).items()}


def _rounded(value: Any) -> Any:
    return round(value, DIGITS) + 0.0 if isinstance(value, float) else value
