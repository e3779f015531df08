from hypothesis import given
from hypothesis import strategies as st

from stamp_desktop.engine.items import Prompt
from stamp_desktop.engine.prompts import choose, difficulties
from tests.engine.bank import generated_prompts

ALL = generated_prompts("writing", spoken=False)


def _difficulties(chosen: tuple[str, ...]) -> list[int]:
    known = {prompt.id: prompt.difficulty for prompt in ALL}
    return [known[name] for name in chosen]


def test_the_ladder_follows_the_level() -> None:
    assert [difficulties(level, 3) for level in (1, 3, 4, 6, 7, 9)] == [(1, 1, 2)] * 2 + [(1, 2, 3)] * 2 + [(2, 3, 3)] * 2


def test_another_number_of_tasks_stretches_the_ladder() -> None:
    assert [difficulties(5, tasks) for tasks in (1, 2, 4, 6)] == [(2,), (1, 3), (1, 2, 2, 3), (1, 1, 2, 2, 3, 3)]


@given(st.integers(1, 9), st.integers())
def test_prompts_have_the_wanted_difficulties_and_different_topics(level: int, seed: int) -> None:
    chosen = choose(ALL, level, 3, seed)
    assert tuple(_difficulties(chosen)) == difficulties(level, 3)
    assert len({prompt.topic for prompt in ALL if prompt.id in chosen}) == 3
    assert choose(ALL, level, 3, seed) == chosen


def test_the_seed_draws_the_lot() -> None:
    every_order_of_three_topics = 6
    assert len({choose(ALL, 5, 3, seed) for seed in range(40)}) == every_order_of_three_topics


@given(st.lists(st.integers(1, 3), max_size=5), st.integers(1, 9), st.integers(1, 5))
def test_a_poor_bank_gives_what_it_has(found: list[int], level: int, tasks: int) -> None:
    prompts = [Prompt(f"p{n}", "writing", difficulty, "school") for n, difficulty in enumerate(found)]
    chosen = choose(prompts, level, tasks, seed=1)
    assert len(set(chosen)) == len(chosen) == min(tasks, len(prompts))


def test_the_nearest_difficulty_is_taken_the_easier_one_first() -> None:
    prompts = [Prompt("easy", "writing", 1, "school"), Prompt("hard", "writing", 3, "food")]
    assert choose(prompts, 5, 1, seed=1) == ("easy",)
