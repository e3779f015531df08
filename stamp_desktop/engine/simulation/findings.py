"""All that a simulation says, as plain values for one JSON document. The keys are described in docs/simulation.md."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict

import numpy as np

from stamp_desktop.engine import ability
from stamp_desktop.engine.form import Stock
from stamp_desktop.engine.simulation import accuracy, classification, exposure
from stamp_desktop.engine.simulation.accuracy import Floats, Plain
from stamp_desktop.engine.simulation.plan import Plan
from stamp_desktop.engine.simulation.sittings import METHODS, Sitting, Truth

DIGITS = 6


def findings(made: Truth, plan: Plan, sittings: Sequence[Sitting], bank_hash: str) -> Plain:
    """Everything about one simulation but its robustness; `summary` is for the blueprint's score."""
    stock, cuts = made.stock, made.stock.section.cuts
    table = exposure.seen(sittings, stock)
    shared = exposure.overlap(table, plan)
    broken = exposure.violations(sittings, stock)
    length = exposure.lengths(sittings, stock)
    found = [accuracy.columns(sittings, number, cuts) for number in range(len(METHODS))]
    exposed = exposure.exposure(table, found[0].true, stock, plan)
    rest = {
        "lab_max_exposure": exposed["lab_max"]["max"],
        "overlap": shared["all"],
        "neighbour_overlap": shared["neighbours"],
        "unused": exposed["unused"],
        "mean_items": length["mean_items"],
        "violations": sum(broken.values()),
    }
    summaries = {
        method: {
            "takers": len(sittings),
            **accuracy.headline(found[number]),
            **rest,
            "score": method,
            "seed": plan.seed,
            "bank_hash": bank_hash,
        }
        for number, method in enumerate(METHODS)
    }
    details = {
        method: {
            **summaries[method],
            "kappa_quadratic": accuracy.kappa(accuracy.confusion(found[number]), quadratic=True),
            "confusion": accuracy.confusion(found[number]).tolist(),
            "by_theta": accuracy.by_theta(found[number]),
            "calibration": accuracy.calibration(found[number]),
            "rudner": classification.rudner(found[number], cuts),
            "lee": classification.lee(sittings, found[number], stock, cuts),
        }
        for number, method in enumerate(METHODS)
    }
    return rounded(
        {
            "summary": summaries[stock.section.score],
            "by_score": details,
            "same_level": accuracy.agreement(sittings),
            "levels": list(made.codes),
            "blueprint": asdict(stock.section),
            "plan": {
                "lab": list(plan.lab),
                "theta": str(plan.abilities),
                "world": asdict(plan.world),
                "seed": plan.seed,
            },
            "bank": bank_map(stock),
            "information": information(made, sittings),
            "exposure": exposed,
            "overlap": shared,
            "violations": broken,
            "length": length,
        }
    )


def robust(made: Truth, plan: Plan, sittings: Sequence[Sitting]) -> Plain:
    """How the blueprint's score holds in another world, in a few numbers."""
    number = accuracy.method_number(made.stock.section.score)
    found = accuracy.columns(sittings, number, made.stock.section.cuts)
    return rounded({"world": asdict(plan.world), "takers": len(sittings), **accuracy.headline(found)})


def bank_map(stock: Stock) -> Plain:
    """Scored sets by level x topic x stripe, and what the bank holds."""
    low, high = stock.section.levels
    scored = [i for i in range(len(stock.sets)) if not stock.pilot[i]]
    cells = Counter((int(stock.level[i]), int(stock.topic[i]), int(stock.stripe[i])) for i in scored)
    return {
        "sets": len(scored),
        "items": sum(len(stock.sets[i].items) for i in scored),
        "pilot_sets": len(stock.sets) - len(scored),
        "levels": list(range(low, high + 1)),
        "topics": list(stock.topics),
        "cells": [
            [[cells[level, topic, stripe] for stripe in range(stock.section.stripes)] for topic in range(len(stock.topics))]
            for level in range(low, high + 1)
        ],
        "difficulty": [[int(stock.level[i]), [round(item.b, 3) for item in stock.sets[i].items]] for i in scored],
    }


def information(made: Truth, sittings: Sequence[Sitting]) -> Plain:
    """Fisher information of a test about theta: what the takers near each theta got, and the most that a stripe could give.

    `given` is the mean over takers within half a step of theta, at their true theta; null where there is nobody.
    """
    stock = made.stock
    curves = np.concatenate([_curves(stock, [i]) for i in range(len(stock.sets))]) if stock.sets else np.zeros((0, 1))
    step = 0.25
    lowest, highest = stock.theta[0], stock.theta[-1]
    points = np.arange(np.ceil(lowest / step) * step, highest + step / 2, step)
    totals: dict[int, list[float]] = {}
    for sitting in sittings:
        given = [i for i in sitting.sets if not stock.pilot[i]]
        place = int(np.rint((sitting.theta - points[0]) / step))
        totals.setdefault(place, []).append(float(np.interp(sitting.theta, stock.theta, curves[given].sum(axis=0))))
    best = []
    for stripe in range(stock.section.stripes):
        own = curves[(stock.stripe == stripe) & ~stock.pilot]
        best.append(np.sort(own, axis=0)[-stock.section.sets :].sum(axis=0))
    return {
        "theta": points.tolist(),
        "given": [float(np.mean(totals[n])) if len(totals.get(n, ())) >= 5 else None for n in range(len(points))],
        "possible": [np.interp(points, stock.theta, curve).tolist() for curve in best],
        "cuts": list(stock.section.cuts),
    }


def _curves(stock: Stock, which: list[int]) -> Floats:
    tables = ability.patterns([stock.sets[i].items for i in which], stock.theta, stock.section.set_effect)
    curves: Floats = ability.information(tables).astype(np.float64) * 2.0**-16
    return curves


def rounded(value: Plain) -> Plain:
    """All numbers of a document to DIGITS decimals, without minus zero."""
    return {key: _rounded(each) for key, each in value.items()}


def _rounded(value: object) -> object:
    match value:
        case float():
            return round(value, DIGITS) + 0.0
        case dict():
            return {key: _rounded(each) for key, each in value.items()}
        case list() | tuple():
            return [_rounded(each) for each in value]
    return value
