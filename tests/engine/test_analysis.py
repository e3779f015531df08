"""The analyses after the test, against statsmodels and against simulated sittings in which the truth is known."""

from dataclasses import replace

import numpy as np
import pytest
import statsmodels.api as sm

from stamp_desktop.engine.analysis.dif import Group, mantel_haenszel, strata
from stamp_desktop.engine.analysis.drift import FEWEST, drift
from stamp_desktop.engine.analysis.report import analyse
from stamp_desktop.engine.analysis.taken import Taken, TakenAnswer, from_sitting, from_state
from stamp_desktop.engine.analysis.times import times
from stamp_desktop.engine.form import stock
from stamp_desktop.engine.items import Bank
from stamp_desktop.engine.session import Form
from stamp_desktop.engine.simulation.plan import Abilities, Plan, World
from stamp_desktop.engine.simulation.sittings import sit_all, truth
from tests.engine.bank import READING, Sitter, generated_sets, item

SECTION = replace(READING, levels=(4, 6), cuts=(-0.6, 0.6), sets=5, stripes=1, max_sets_per_topic=0, set_effect=0.3)
SMALL = stock(SECTION, Bank(tuple(replace(each, enemies=frozenset()) for each in generated_sets(SECTION, 12))))
TABLES = ((30, 20, 18, 32), (45, 15, 30, 25), (28, 4, 20, 9), (0, 0, 5, 5), (3, 2, 0, 0))


def test_mantel_haenszel_is_that_of_statsmodels() -> None:
    found = mantel_haenszel("i", TABLES)
    assert found is not None
    theirs = sm.stats.StratifiedTable([np.array([[a, b], [c, d]], dtype=float) for a, b, c, d in TABLES[:3]])
    assert found.odds_ratio == pytest.approx(theirs.oddsratio_pooled, rel=1e-12)
    assert found.delta == pytest.approx(-2.35 * theirs.logodds_pooled, rel=1e-12)
    assert found.se == pytest.approx(2.35 * theirs.logodds_pooled_se, rel=1e-12)
    test = theirs.test_null_odds(correction=True)
    assert found.chi2 == pytest.approx(test.statistic, rel=1e-12)
    assert found.p == pytest.approx(test.pvalue, abs=1e-12)
    assert (found.reference, found.focal) == (147, 144)
    assert found.ets_class == "C"


@pytest.mark.parametrize(
    ("tables", "ets_class"),
    [(((50, 50, 48, 52),), "A"), (((60, 40, 49, 51),), "A"), (((320, 180, 260, 240),), "B")],
)
def test_small_and_doubtful_differences_are_of_the_lower_classes(
    tables: tuple[tuple[int, int, int, int], ...], ets_class: str
) -> None:
    found = mantel_haenszel("i", tables)
    assert found is not None
    assert found.ets_class == ets_class


@pytest.mark.parametrize("tables", [(), ((5, 5, 5, 5),), ((30, 0, 30, 0),), ((30, 0, 0, 0), (0, 0, 30, 0))])
def test_nothing_is_said_where_nothing_can_be_compared(tables: tuple[tuple[int, int, int, int], ...]) -> None:
    assert mantel_haenszel("i", tables) is None


def test_people_are_matched_by_half_a_theta() -> None:
    answers: list[tuple[Group, float, bool]] = [
        ("reference", -0.1, True),
        ("focal", -0.4, False),
        ("reference", 0.1, False),
        ("focal", 0.6, True),
    ]
    assert strata(answers) == ((1, 0, 0, 1), (0, 1, 0, 0), (0, 0, 1, 0))


def test_a_shift_is_that_of_the_logistic_regression() -> None:
    dice = np.random.default_rng(4)
    of = item("i", a=1.3, b=0.2)
    theta = dice.normal(0, 1, 400)
    right = (dice.random(400) < 1 / (1 + np.exp(-1.3 * (theta - 0.8)))).astype(int)
    fitted = sm.GLM(right, np.ones(400), family=sm.families.Binomial(), offset=1.3 * (theta - 0.2)).fit(tol=1e-12)
    found = drift(of, list(zip(theta.tolist(), right.tolist(), strict=True)))
    assert found is not None
    assert found.shift == pytest.approx(-fitted.params[0] / 1.3, abs=1e-8)
    assert found.se == pytest.approx(fitted.bse[0] / 1.3, rel=1e-6)
    assert found.flagged
    assert found.observed == right.mean() < found.expected


def test_a_shift_is_cut_where_everybody_was_right_and_not_told_of_few() -> None:
    found = drift(item("i"), [(0.0, 1)] * 50)
    assert found is not None
    assert found.shift == -4.0
    assert drift(item("i"), [(0.0, 1)] * (FEWEST - 1)) is None


def test_a_shift_is_told_as_far_as_it_was_worked_out(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = [(theta / 10, int(theta > 5)) for theta in range(-20, 20)]
    whole = drift(item("i"), answers)
    monkeypatch.setattr("stamp_desktop.engine.analysis.drift._ROUNDS", 1)
    once = drift(item("i"), answers)
    assert whole is not None
    assert once is not None
    assert 0 < once.shift < whole.shift


def test_a_rapid_guess_counts_for_times_alone() -> None:
    name = SMALL.sets[0].items[0].id
    slow = TakenAnswer(name, SMALL.sets[0].id, 1, 8000)
    taken = [Taken(f"p{n}", "", 0.0, -3.0, (replace(slow, score=n % 2, rapid=n >= 30),)) for n in range(40)]
    found = analyse(SMALL, taken)
    assert found["drift"][0]["answers"] == 30
    assert found["times"][0]["answers"] == 40
    assert found["times"][0]["rapid"] == 0.25
    assert len(found["person_fit"]["unlikely"]) == 40


def test_times_are_summed_up_by_their_logarithm() -> None:
    found = times("i", [(10_000, False), (20_000, False), (40_000, False), (500, True), (0, False)])
    assert found is not None
    assert (found.answers, found.median_ms, found.rapid) == (4, 15_000, 0.25)
    assert found.log_mean == pytest.approx(np.log([10, 20, 40, 0.5]).mean())
    assert found.log_sd == pytest.approx(np.log([10, 20, 40, 0.5]).std(ddof=1))
    assert found.threshold_ms == 1762
    assert times("i", [(0, False)]) is None
    only = times("i", [(3000, False)])
    assert only is not None
    assert (only.log_sd, only.median_ms) == (0.0, 3000)


@pytest.fixture(scope="module")
def drifted() -> tuple[set[str], list[Taken], Plan]:
    """A small bank that 400 takers have used; some of its sets have become easier."""
    plan = Plan(300, 2, (4, 8), Abilities("normal", 0, 1), World("drift", 0.3, drifted=0.15, drift=1.5))
    made = truth(SMALL, plan)
    pairs = [pair for of, real in zip(made.stock.sets, made.real, strict=True) for pair in zip(of.items, real, strict=True)]
    easier = {one.id for one, real in pairs if real.b < one.b}
    return easier, [from_sitting(made, sitting, "") for sitting in sit_all(made, plan, range(300))], plan


def test_drifted_items_of_simulated_sittings_are_found(drifted: tuple[set[str], list[Taken], Plan]) -> None:
    easier, taken, _ = drifted
    found = analyse(SMALL, taken)
    shifts = {row["item"]: row["shift"] for row in found["drift"]}
    assert easier
    assert np.mean([shifts[name] for name in easier if name in shifts]) < -0.6
    assert abs(np.mean([shift for name, shift in shifts.items() if name not in easier])) < 0.4
    assert sum(found["exposure"].values()) == pytest.approx(5.0, abs=1e-4)
    assert (found["dif"], found["times"], found["person_fit"]["people"]) == ([], [], 0)


def test_groups_that_do_not_differ_show_no_dif_of_the_last_class(drifted: tuple[set[str], list[Taken], Plan]) -> None:
    _, taken, _ = drifted
    grouped = [replace(each, group="north" if place % 2 else "south") for place, each in enumerate(taken)]
    found = analyse(SMALL, grouped, focal="north", reference="south")
    assert len(found["dif"]) > 5
    assert sum(row["class"] == "C" for row in found["dif"]) <= 1


def test_a_journal_is_analysed_with_its_times_and_person_fit(form: Form, sitting: Sitter) -> None:
    taken = from_state(form, sitting.now, "reading", "grade")
    assert taken is not None
    assert (taken.group, taken.person, len(taken.sets)) == ("9", "ana", 10)
    found = analyse(form.stocks["reading"], [taken])
    assert len(found["times"]) == 30
    assert all(row["median_ms"] == 8000 for row in found["times"])
    assert found["person_fit"]["people"] == 1
    assert from_state(form, Sitter(form).start().now, "reading") is None
