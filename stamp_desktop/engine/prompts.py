"""Which writing and speaking tasks fit a level. Refuses to fail: where a difficulty has too few, the nearest is taken."""

from collections.abc import Sequence

from stamp_desktop.engine.items import Prompt
from stamp_desktop.engine.levels import band
from stamp_desktop.engine.lots import lot

# A task a step above the level lets a response show more than the level that was found; two below it would bore.
_DIFFICULTIES = {"Novice": (1, 1, 2), "Intermediate": (1, 2, 3), "Advanced": (2, 3, 3)}


def difficulties(level: int, tasks: int) -> tuple[int, ...]:
    """Difficulties of the tasks, in order, for a level 1-9: Novice 1 1 2, Intermediate 1 2 3, Advanced 2 3 3.

    For another number of tasks than three, the same ladder stretched or thinned: one task gets the middle.
    """
    ladder = _DIFFICULTIES[band(level)]
    return tuple(ladder[(2 * task + 1) * len(ladder) // (2 * tasks)] for task in range(tasks))


def choose(prompts: Sequence[Prompt], level: int, tasks: int, seed: int) -> tuple[str, ...]:
    """Ids of up to `tasks` different prompts: the nearest difficulty, then a new topic, then by lot of the seed."""
    left = {prompt.id: prompt for prompt in prompts}
    topics: set[str] = set()
    chosen: list[str] = []
    for wanted in difficulties(level, min(tasks, len(left))):

        def fit(prompt: Prompt, wanted: int = wanted) -> tuple[int, bool, bool, int]:
            distance = abs(prompt.difficulty - wanted)
            return distance, prompt.difficulty > wanted, prompt.topic in topics, lot(seed, "prompt", prompt.id)

        best = min(left.values(), key=fit)
        del left[best.id]
        topics.add(best.topic)
        chosen.append(best.id)
    return tuple(chosen)
