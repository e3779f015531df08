from dataclasses import replace

import pytest

from stamp_desktop.engine.levels import band, codes, label, level_of, number
from tests.engine.bank import CUTS, READING

STAMPE = replace(READING, levels=(1, 6), cuts=CUTS[:6])


@pytest.mark.parametrize(
    ("level", "name", "major"),
    [
        (1, "Novice-Low", "Novice"),
        ("3", "Novice-High", "Novice"),
        (4, "Intermediate-Low", "Intermediate"),
        ("6+", "Pre-Advanced", "Intermediate"),
        (9, "Advanced-High", "Advanced"),
    ],
)
def test_a_level_has_a_name_and_a_band(level: int | str, name: str, major: str) -> None:
    assert label(level) == name
    assert band(level) == major


def test_there_is_no_level_ten() -> None:
    with pytest.raises(KeyError):
        label(10)


def test_as_many_cuts_as_levels_add_the_plus_band() -> None:
    assert codes(READING) == tuple("123456789")
    assert codes(STAMPE) == ("1", "2", "3", "4", "5", "6", "6+")
    assert number("6+") == 6


@pytest.mark.parametrize(("theta", "level"), [(-9.0, "1"), (-2.01, "1"), (-2.0, "2"), (0.0, "4"), (0.4, "6"), (9.0, "6+")])
def test_a_theta_on_a_cut_belongs_above_it(theta: float, level: str) -> None:
    assert level_of(theta, replace(STAMPE, cuts=(-2.0, -1.4, -0.8, 0.2, 0.4, 1.0))) == level
