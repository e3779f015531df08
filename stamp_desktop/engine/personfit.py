"""Whether a pattern of answers is one that the model would expect: lz*. Refuses to say why it is not.

lz (Drasgow, Levine and Williams 1985) with the correction of Snijders (2001) for an estimated ability, for any number of scores
as in Sinharay (2016). A set with its answer pattern takes the place of an item: the set effect is not taken for misfit.
Where the set effect is 0 this is the formula over items. In an adaptive test the statistic is a little too narrow
(van Krimpen-Stoop and Meijer 1999): a flag is a reason to look, not a verdict.
"""

import math
from collections.abc import Sequence

import numpy as np

from stamp_desktop.engine import exact
from stamp_desktop.engine.estimates import Answers, slopes, tables

# One in a hundred of those who answer as the model says lies below.
UNLIKELY = -2.33
# Of equal items nothing is left after the correction but rounding.
_FLATTEST = 1e-9


def lz_star(given: Sequence[Answers], wle: float, set_effect: float) -> float | None:
    """lz* at the weighted likelihood estimate, low where hard questions were right and easy ones wrong; None without spread.

    With w = log P and r = P' / P of each pattern and c = cov(w, r) / var(r): the sum over sets of w less its expectation, plus
    c r0, over the SD of w - c r; r0 = J / (2 I) for the WLE (Magis, Raiche and Beland 2012).
    """
    at = slopes(given, np.array([wle]), set_effect)
    (information,), (correction,) = at.information.tolist(), at.correction.tolist()
    sets = []
    for likelihood, slope, _ in tables(given, np.array([wle]), set_effect):
        p, dp = likelihood[:, 0], slope[:, 0]
        sets.append(list(zip(p.tolist(), exact.log(p).tolist(), (dp / p).tolist(), strict=True)))
    c = exact.total(p * w * r for each in sets for p, w, r in each) / information
    total, variance = c * correction / (2.0 * information), 0.0
    for of, each in zip(given, sets, strict=True):
        own = [(p, w - c * r) for p, w, r in each]
        mean = exact.total(p * o for p, o in own)
        variance += exact.total(p * (o - mean) * (o - mean) for p, o in own)
        total += each[of.pattern][1] - exact.total(p * w for p, w, _ in each)
    return total / math.sqrt(variance) if variance > _FLATTEST else None
