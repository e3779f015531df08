"""What is to be simulated: how many takers, how able, in what lab, and how the world differs from the bank's parameters."""

from dataclasses import dataclass
from statistics import NormalDist
from typing import Literal, TypeAlias

import numpy as np

from stamp_desktop.engine.events import Seat
from stamp_desktop.engine.lots import lot

Dice: TypeAlias = np.random.Generator

_STANDARD = NormalDist()


@dataclass(frozen=True, slots=True)
class Abilities:
    """How theta is spread: normal with mean and SD, or uniform between two bounds."""

    kind: Literal["normal", "uniform"]
    first: float
    second: float

    def draw(self, dice: Dice) -> float:
        """One taker's theta."""
        if self.kind == "uniform":
            return self.first + (self.second - self.first) * dice.random()
        return self.first + self.second * normal(dice)

    def __str__(self) -> str:
        return f"{self.kind}:{self.first:g},{self.second:g}"


@dataclass(frozen=True, slots=True)
class World:
    """How people and items really are, where that is not what the bank says.

    `set_effect` is the true SD of the set effect. A share of `guessers` answers the second half of the test by guessing with
    a chance of `luck`. `misfit` is the SD by which each difficulty is off; slopes are off by the same on the log scale, halved.
    A share of `drifted` sets has become easier by `drift` (known answers).
    """

    name: str
    set_effect: float
    guessers: float = 0.0
    luck: float = 0.25
    misfit: float = 0.0
    drifted: float = 0.0
    drift: float = 0.5


@dataclass(frozen=True, slots=True)
class Plan:
    """A simulation. `lab` is rows x columns of seats, filled row by row, lab after lab; everybody in a lab sits at once."""

    takers: int
    seed: int
    lab: tuple[int, int]
    abilities: Abilities
    world: World

    @property
    def seats(self) -> int:
        """Seats of one lab."""
        return self.lab[0] * self.lab[1]

    def seat(self, number: int) -> Seat:
        """Where taker `number`, from 0, sits."""
        row, column = divmod(number % self.seats, self.lab[1])
        return Seat(row, column)

    def session_seed(self, number: int) -> int:
        """The seed that the engine gets for this taker's session: 60 bits, as `SessionBegan` has."""
        return lot(self.seed, "session", number) >> 4

    def dice(self, number: int) -> Dice:
        """This taker's own chance: nobody's depends on how many came before."""
        return dice_of(self.seed, "taker", number)


def dice_of(seed: int, *words: str | int) -> Dice:
    """Dice that always fall in the same way for this seed and these words."""
    return np.random.Generator(np.random.PCG64(lot(seed, *words)))


def normal(dice: Dice) -> float:
    """A standard normal variate, by the inverse of its distribution: one number of the dice each."""
    return _STANDARD.inv_cdf(max(dice.random(), 2.0**-60))
