"""A small outside bank and its blueprint, as files; generated, seeded, never operational."""

import math
import random
from pathlib import Path

BLUEPRINT = """
[section]
sets = 4                               # item sets administered
cuts = [-1.0, 1.0]   # on theta; one fewer than the levels
prior = { mean = 0.0, sd = 1.5 }
set_effect = 0.5                       # SD of the set (testlet) effect, in theta
stripes = 2
max_sets_per_topic = 2
score = "level_table"                  # or "pattern"
"""
HEAD = "id,set,level,topic,model,a,b,c,d"
TOPICS = ("Haus & Hof", "Reise", "学校")


def rows(sets: int = 24, seed: int = 1) -> list[str]:
    """Lines of a bank: sets of three, levels and topics in turn, each model."""
    dice = random.Random(seed)
    lines = []
    for number in range(sets):
        level = number % 3 + 1
        topic = TOPICS[number // 3 % 3]
        for place in (1, 2, 3):
            a, b = math.exp(dice.gauss(0, 0.2)), (level - 2) * 2 + dice.gauss(0, 0.3)
            model, c, d = (("1PL", "", ""), ("2PL", "0", "1"), ("3PL", "0.2", ""), ("4PL", "0.15", "0.98"))[number % 4]
            lines.append(f"q{number}-{place},s{number},{level},{topic},{model},{a:.3f},{b:.3f},{c},{d}")
    return lines


def write(folder: Path, lines: list[str] | None = None, blueprint: str = BLUEPRINT) -> tuple[Path, Path]:
    """The two files."""
    bank, plan = folder / "bank.csv", folder / "plan.toml"
    bank.write_text("\n".join([HEAD, *(rows() if lines is None else lines)]) + "\n", "utf-8")
    plan.write_text(blueprint, "utf-8")
    return bank, plan
