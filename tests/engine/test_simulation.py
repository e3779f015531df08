from dataclasses import replace

import numpy as np
import pytest
from statsmodels.stats.inter_rater import cohens_kappa

from stamp_desktop.engine.blueprint import LevelLimit
from stamp_desktop.engine.events import Seat
from stamp_desktop.engine.form import Stock, stock
from stamp_desktop.engine.items import Bank, ChoiceKey
from stamp_desktop.engine.selection import stripe_of
from stamp_desktop.engine.simulation import accuracy, classification, exposure
from stamp_desktop.engine.simulation.accuracy import Columns
from stamp_desktop.engine.simulation.findings import findings, robust
from stamp_desktop.engine.simulation.plan import Abilities, Plan, World
from stamp_desktop.engine.simulation.sittings import Scored, Sitting, Truth, sit, sit_all, truth
from tests.engine.bank import READING, generated_sets, item, item_set

STOCK: Stock = stock(READING, Bank(generated_sets(READING, 66)))
PLAN = Plan(12, 3, (2, 3), Abilities("normal", 0.0, 1.5), World("as modelled", 0.5))
MADE: Truth = truth(STOCK, PLAN)


@pytest.fixture(scope="module")
def sittings() -> list[Sitting]:
    return list(sit_all(MADE, PLAN, range(12)))


def forged(*sets: int, number: int = 0, stripe: int = 0) -> Sitting:
    return Sitting(number, 0.0, stripe, sets, tuple((1, 1, 1) for _ in sets), (Scored(0, 0.0, 1.0, (1.0,)),) * 2)


def test_neighbours_never_share_a_stripe_with_two_stripes_or_more() -> None:
    for stripes in (2, 3, 4, 5):
        for row in range(4):
            for column in range(8):
                here, beside, behind = (
                    stripe_of(Seat(r, c), "", 0, stripes) for r, c in ((row, column), (row, column + 1), (row + 1, column))
                )
                assert here not in {beside, behind}


def test_a_taker_is_the_same_whoever_else_is_simulated(sittings: list[Sitting]) -> None:
    assert sit(MADE, PLAN, 7) == sittings[7]
    assert len({sitting.theta for sitting in sittings}) == 12


def test_abilities_are_spread_as_asked() -> None:
    thetas = [Abilities("uniform", -4, 4).draw(PLAN.dice(number)) for number in range(2000)]
    assert (min(thetas) > -4, max(thetas) < 4) == (True, True)
    assert np.histogram(thetas, 4)[0].min() > 430
    drawn = np.array([Abilities("normal", 1, 0.5).draw(PLAN.dice(number)) for number in range(2000)])
    assert (drawn.mean(), drawn.std()) == (pytest.approx(1, abs=0.05), pytest.approx(0.5, abs=0.03))


def test_seats_are_filled_row_by_row_lab_after_lab() -> None:
    places = [(PLAN.seat(number).row, PLAN.seat(number).column) for number in range(8)]
    assert places == [(0, 0), (0, 1), (0, 2), (1, 0), (1, 1), (1, 2), (0, 0), (0, 1)]


def test_kappa_is_that_of_statsmodels() -> None:
    dice = np.random.default_rng(1)
    table = dice.integers(0, 30, (5, 5)) + 40 * np.eye(5, dtype=np.int64)
    assert accuracy.kappa(table) == pytest.approx(cohens_kappa(table).kappa, abs=1e-12)
    quadratic = cohens_kappa(table, wt="quadratic").kappa
    assert accuracy.kappa(table, quadratic=True) == pytest.approx(quadratic, abs=1e-12)
    assert accuracy.kappa(np.array([[4, 0], [0, 0]])) == 1.0


def columns(error: list[float], sd: list[float]) -> Columns:
    theta = np.zeros(len(error))
    level = np.array([int(each > 0) for each in error])
    bands = np.tile([0.4, 0.6], (len(error), 1))
    return Columns(theta, np.ones(len(error), dtype=np.int64), theta + np.array(error), np.array(sd), level, bands)


def test_the_headline_is_counted_by_hand() -> None:
    found = accuracy.headline(columns([0.1, 0.3, -0.2, 0.2], [0.1, 0.1, 0.1, 0.2]))
    assert found["exact"] == 0.75
    assert found["adjacent"] == 1.0
    assert found["bias"] == pytest.approx(0.1)
    assert found["rmse"] == pytest.approx((0.18 / 4) ** 0.5)
    assert found["coverage95"] == 0.5
    assert found["stated_p"] == pytest.approx(0.55)


def test_calibration_and_error_by_theta_add_up_to_the_takers() -> None:
    found = columns([0.1, 0.3, -0.2, 0.2], [0.1] * 4)
    assert [(row["takers"], row["stated"], row["observed"]) for row in accuracy.calibration(found)] == [
        (1, 0.4, 0.0),
        (3, pytest.approx(0.6), 1.0),
    ]
    (row,) = accuracy.by_theta(found)
    assert (row["takers"], row["bias"], row["sem"]) == (4, pytest.approx(0.1), pytest.approx(0.1))


def test_rudner_is_the_normal_distribution_about_each_estimate() -> None:
    found = columns([0.0, 0.0], [1.0, 0.5])
    # Halves on both sides of a cut at the estimate; the level taken is the lower one.
    assert classification.rudner(found, (0.0,)) == {"accuracy": 0.5, "consistency": 0.5}
    beyond = classification.rudner(columns([0.1, 0.1], [1e-3, 1e-3]), (0.0,))
    assert beyond == {"accuracy": pytest.approx(1.0), "consistency": pytest.approx(1.0)}


def test_lee_on_one_item_is_its_curve() -> None:
    section = replace(READING, levels=(1, 2), cuts=(0.0,), set_effect=0.0, stripes=1)
    made = stock(section, Bank((item_set("s", level=1, items=1),)))
    sitting = Sitting(0, 0.0, 0, (0,), ((1,),), (Scored(1, 0.4, 1.0, (0.0, 1.0)),) * 2)
    found = accuracy.columns([sitting], 0, section.cuts)
    b = made.sets[0].items[0].b
    p = 1 / (1 + np.exp(-(0.4 - b)))
    # What is expected at the cut is less than one point: who has the point is above, who has none below.
    expected = classification.lee([sitting], found, made, section.cuts)
    assert expected["accuracy"] == pytest.approx(p, abs=2e-4)
    assert expected["consistency"] == pytest.approx(p * p + (1 - p) ** 2, abs=2e-4)


def test_exposure_and_overlap_of_a_lab_are_counted_by_hand() -> None:
    plan = replace(PLAN, takers=3, lab=(1, 3))
    table = exposure.seen([forged(0, 1), forged(1, 2), forged(2, 3)], STOCK)
    shared = exposure.overlap(table, plan)
    assert shared["neighbours"] == 0.5
    assert shared["all"] == pytest.approx(1 / 3)
    assert [(row["steps"], row["pairs"], row["overlap"]) for row in shared["by_distance"]] == [(1, 2, 0.5), (2, 1, 0.0)]
    found = exposure.exposure(table, np.array([0, 0, 1]), STOCK, plan)
    assert found["lab_max"] == {"mean": pytest.approx(2 / 3), "max": pytest.approx(2 / 3), "labs": 1}
    assert found["unused"] == pytest.approx(62 / 66)
    assert found["conditional"][1] == {"level": 1, "takers": 1, "max": 1.0}


def test_a_lab_that_is_not_full_does_not_count_for_the_largest_exposure() -> None:
    plan = replace(PLAN, takers=3, lab=(1, 2))
    table = exposure.seen([forged(0), forged(1), forged(2)], STOCK)
    found = exposure.exposure(table, np.zeros(3, dtype=np.int64), STOCK, plan)
    assert found["lab_max"] == {"mean": 0.5, "max": 0.5, "labs": 1}
    plan = replace(PLAN, takers=4, lab=(1, 3))
    shared = exposure.overlap(exposure.seen([forged(0), forged(0), forged(0), forged(0)], STOCK), plan)
    assert [(row["steps"], row["pairs"]) for row in shared["by_distance"]] == [(1, 2), (2, 1)]
    assert exposure.overlap(exposure.seen([forged(0)], STOCK), replace(PLAN, takers=1, lab=(1, 1)))["all"] == 0.0


def test_every_broken_rule_is_seen() -> None:
    place = STOCK.position
    enemy = next(each for each in STOCK.sets if each.enemies)
    pair = (place[enemy.id], place[next(iter(enemy.enemies))])
    same_topic = [i for i in range(len(STOCK.sets)) if STOCK.topic[i] == 0 and STOCK.stripe[i] == 0]
    broken = exposure.violations(
        [forged(*pair, stripe=int(STOCK.stripe[pair[0]])), forged(*same_topic[:5]), forged(0, 0)], STOCK
    )
    assert broken["twice"] == 1
    assert broken["enemies"] == 1
    assert broken["topic"] == 2
    assert broken["length"] == 3
    assert broken["stripe"] == sum(int(STOCK.stripe[i]) != int(STOCK.stripe[pair[0]]) for i in pair)


def test_a_level_limit_is_owed_by_every_test_and_never_exceeded() -> None:
    section = replace(READING, sets=2, stop_probability=0.8, min_sets=1, level_limits=(LevelLimit((1, 1), 1, 1),))
    of = stock(section, Bank((item_set("a", 1), item_set("b", 1), item_set("c", 5), item_set("d", 5))))

    def limit(*sets: int) -> int:
        return exposure.violations([forged(*sets)], of)["level limit 1"]

    assert (limit(0, 2), limit(0, 1), limit(2, 3), limit(2)) == (0, 1, 1, 1)


def test_the_engine_breaks_none_and_everything_is_in_the_document(sittings: list[Sitting]) -> None:
    found = findings(MADE, PLAN, sittings, "hash")
    assert set(found["violations"].values()) == {0}
    assert found["summary"]["violations"] == 0
    assert found["summary"]["bank_hash"] == "hash"
    assert found["length"]["items"] == {"30": 12}
    assert found["bank"]["sets"] == sum(sum(sum(topic) for topic in level) for level in found["bank"]["cells"]) == 66
    assert len(found["information"]["possible"]) == READING.stripes


def test_worlds_differ_as_they_say() -> None:
    drifted = truth(STOCK, replace(PLAN, world=World("drift", 0.5, drifted=0.3)))
    shifts = {
        round(one.b - real.b, 6)
        for s, items in zip(STOCK.sets, drifted.real, strict=True)
        for one, real in zip(s.items, items, strict=True)
    }
    assert shifts == {0.0, 0.5}
    off = truth(STOCK, replace(PLAN, world=World("misfit", 0.5, misfit=0.3)))
    errors = [
        real.b - one.b for s, items in zip(STOCK.sets, off.real, strict=True) for one, real in zip(s.items, items, strict=True)
    ]
    assert np.std(errors) == pytest.approx(0.3, abs=0.05)


def test_guessers_lose_less_where_rapid_guesses_are_known() -> None:
    sets = generated_sets(READING, 66)
    timed = tuple(replace(s, items=tuple(replace(i, rapid_ms=4000) for i in s.items)) for s in sets)
    plan = replace(PLAN, takers=24, abilities=Abilities("uniform", 0.5, 2.0), world=World("guess", 0.5, guessers=1.0))
    found = []
    for bank in (sets, timed):
        made = truth(stock(READING, Bank(bank)), plan)
        found.append(robust(made, plan, list(sit_all(made, plan, range(24)))))
    assert found[1]["rmse"] < 0.8 * found[0]["rmse"]
    assert found[1]["bias"] > found[0]["bias"]


def test_graded_items_are_answered_by_their_model() -> None:
    graded = item("g", a=1.2, b=0.0)
    graded = replace(graded, key=ChoiceKey(frozenset("ab")), model="GRM", steps=(-1.0, 1.0))
    section = replace(READING, levels=(5, 5), cuts=(), sets=1, stripes=1)
    made = truth(stock(section, Bank((replace(item_set("s"), items=(graded,)),))), PLAN)
    plan = replace(PLAN, takers=300, abilities=Abilities("uniform", 0.0, 0.0), world=World("w", 0.5))
    points = np.bincount([sitting.answers[0][0] for sitting in sit_all(made, plan, range(300))], minlength=3) / 300
    edge = 1 / (1 + np.exp(1.2))
    assert points == pytest.approx([edge, 1 - 2 * edge, edge], abs=0.08)
