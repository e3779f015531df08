"""What stands beside a section's score for those who check it: other estimates, person fit, effort. It changes no score."""

from collections.abc import Sequence
from dataclasses import dataclass

from stamp_desktop.engine import ability, effort, personfit
from stamp_desktop.engine.estimates import Estimate, answers, estimate
from stamp_desktop.engine.form import Stock
from stamp_desktop.engine.marks import Marks, log_posterior


@dataclass(frozen=True, slots=True)
class Appraisal:
    """Estimates from the full pattern (`eap` with its posterior SD), four decimals; None where there is none.

    `rapid` of `answered` answers to scored sets were rapid guesses. `flags`: "fit", "effort".
    """

    eap: Estimate
    wle: Estimate | None
    mle: Estimate | None
    lz_star: float | None
    rapid: int
    answered: int
    flags: tuple[str, ...]

    @property
    def effort(self) -> float:
        """Response-time effort: the share of answers that are no rapid guesses."""
        return round(effort.response_time_effort(self.rapid, self.answered), 4)


def appraise(stock: Stock, marks: Sequence[Marks], rapid: int = 0) -> Appraisal:
    """Appraise a section by its marks and the number of rapid guesses in its scored sets."""
    section = stock.section
    summary = ability.summary(stock.grid, log_posterior(stock, marks), section.cuts)
    given = answers(stock, marks)
    found = estimate(given, stock.grid, section.set_effect)
    lz_star = personfit.lz_star(given, found.wle.theta, section.set_effect) if found.wle else None
    answered = rapid + sum(len(each.items) for each in given)
    flags = []
    if lz_star is not None and lz_star < personfit.UNLIKELY:
        flags.append("fit")
    if effort.response_time_effort(rapid, answered) < effort.ENOUGH:
        flags.append("effort")
    return Appraisal(
        eap=Estimate(_four(summary.theta), _four(summary.sd)),
        wle=_rounded(found.wle),
        mle=_rounded(found.mle),
        lz_star=None if lz_star is None else _four(lz_star),
        rapid=rapid,
        answered=answered,
        flags=tuple(flags),
    )


def _rounded(found: Estimate | None) -> Estimate | None:
    return None if found is None else Estimate(_four(found.theta), _four(found.se))


def _four(value: float) -> float:
    return round(value, 4) + 0.0  # no minus zero
