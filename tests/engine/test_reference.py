"""Agreement with an outside engine: catsim (BSD-3-Clause), on the same items, answers and abilities, to 1e-6."""

import importlib
import os
import random
from typing import Any

import numpy as np
import pytest

from stamp_desktop.engine import models
from stamp_desktop.engine.ability import Grid
from stamp_desktop.engine.estimates import estimate
from stamp_desktop.engine.items import Item
from tests.engine.bank import item
from tests.engine.test_estimates import single


def outside(module: str) -> Any:
    """A part of catsim. Where the checks run by themselves it must be there."""
    if os.environ.get("CI"):
        return importlib.import_module(module)
    return pytest.importorskip(module, reason="catsim is not installed: pip install 'stamp-desktop[dev]'")


irt, estimation, banks = (outside(f"catsim.{part}") for part in ("irt", "estimation", "item_bank"))

THETA = np.linspace(-4, 4, 41)


def bank(seed: int, count: int = 40) -> list[Item]:
    dice = random.Random(seed)
    return [
        item(f"i{n}", dice.uniform(0.5, 2.2), dice.gauss(0, 1.2), dice.uniform(0, 0.25), dice.uniform(0.92, 1.0))
        for n in range(count)
    ]


def table(items: list[Item]) -> np.ndarray:
    return np.array([[each.a, each.b, each.c, each.d] for each in items])


def test_probabilities_and_information_are_those_of_catsim() -> None:
    items = bank(1)
    for theta in THETA.tolist():
        at = np.array([theta])
        ours = [float(models.probabilities(each, at)[1, 0]) for each in items]
        assert ours == pytest.approx(irt.icc_hpc(theta, table(items)).tolist(), abs=1e-6)
        told = [float(models.information(each, at)[0]) for each in items]
        assert told == pytest.approx(irt.inf_hpc(theta, table(items)).tolist(), abs=1e-6)


@pytest.mark.parametrize("seed", range(6))
def test_maximum_likelihood_estimates_are_those_of_catsim(seed: int) -> None:
    items, dice = bank(seed, 24), random.Random(seed)
    theta = dice.uniform(-1.5, 1.5)
    right = [dice.random() < float(models.probabilities(each, np.array([theta]))[1, 0]) for each in items]
    found = estimate(single(items, [int(each) for each in right]), Grid(0.0, 1.5), 0.0).mle
    assert found is not None
    finder = estimation.NumericalSearchEstimator(tol=1e-12, dodd=False, method="brent")
    theirs = finder.estimate(
        item_bank=banks.ItemBank(table(items)), administered_items=list(range(24)), response_vector=right, est_theta=0.0
    )
    ours, other = (irt.log_likelihood(value, right, table(items)) for value in (found.theta, theirs))
    assert ours >= other - 1e-9
    assert found.theta == pytest.approx(theirs, abs=1e-6)
    assert found.se == pytest.approx(irt.see(found.theta, table(items)), abs=1e-6)
