"""What the screening says of clips that nothing was trained or tuned on: recall, reasons, false alarms, a confusion matrix."""

import os
from collections import Counter
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass

import numpy as np

from benchmarks.audio import clips, sources
from benchmarks.audio.clips import Clip, Grade
from benchmarks.audio.sources import Part
from stamp_desktop.audio.screening import CODES, Screen

TARGETS: dict[str, float] = {
    "no_signal": 1.0,
    "too_quiet": 0.95,
    "clipping": 0.95,
    "whisper": 0.95,
    "hum": 0.90,
    "no_response": 0.95,
    "too_short": 0.95,
    "static": 0.90,
    "loud_background": 0.90,
    "background_speech": 0.70,
    "dropouts": 0.90,
}
"""The least share of bad clips that get their own finding."""

RECALL, FLAGGED_SPEECH, GOOD_ALARMS, MILD_ALARMS = 0.95, 0.80, 0.02, 0.05


@dataclass(frozen=True, slots=True)
class Judged:
    """A clip and what was found in it, worst first."""

    code: str
    grade: Grade
    story: str
    found: tuple[str, ...]
    ratable: str


def judge(clip: Clip, *, with_model: bool = True) -> Judged:
    """Screen a clip."""
    screen = Screen(clip.rate, with_model=with_model)
    screen.feed(clip.samples)
    verdict = screen.finish()
    return Judged(clip.code, clip.grade, clip.story, tuple(finding.code for finding in verdict.findings), verdict.ratable)


def _both(job: tuple[str, Grade, Part, int]) -> tuple[Judged, Judged]:
    clip = clips.make(*job)
    return judge(clip), judge(clip, with_model=False)


def measured(part: Part, size: int, seed: int) -> tuple[list[Judged], list[Judged]]:
    """Judge the clips of a part from that seed on, on all processors: as the program does, and by rules alone."""
    jobs = [(code, grade, part, number) for number, (code, grade) in enumerate(clips.plan(size), seed)]
    sources.voices(), sources.noises()  # found once, for all processes
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        pairs = list(pool.map(_both, jobs, chunksize=8))
    return [first for first, _ in pairs], [second for _, second in pairs]


def report(judged: Sequence[Judged]) -> tuple[str, bool]:
    """The tables in Markdown, and whether all targets are kept."""
    bad = [each for each in judged if each.grade == "bad"]
    lines = ["| bad clips of | n | any finding | its own | first of all | target |", "|---|---|---|---|---|---|"]
    kept = []
    for code in CODES:
        own = [each for each in bad if each.code == code]
        if not own:
            continue
        flagged, right = _share(bool(each.found) for each in own), _share(code in each.found for each in own)
        first = _share(each.found[:1] == (code,) for each in own)
        kept.append(right >= TARGETS[code] and (code != "background_speech" or flagged >= FLAGGED_SPEECH))
        mark = "kept" if kept[-1] else "MISSED"
        lines.append(f"| {code} | {len(own)} | {flagged:.3f} | {right:.3f} | {first:.3f} | {TARGETS[code]:.2f}: {mark} |")
    recall = _share(bool(each.found) for each in bad)
    kept.append(recall >= RECALL)
    lines.append(f"| all | {len(bad)} | {recall:.3f} | | | {RECALL:.2f}: {'kept' if kept[-1] else 'MISSED'} |")
    lines += ["", "| not bad | n | any finding | called not ratable | most often | target |", "|---|---|---|---|---|---|"]
    for grade, most in (("good", GOOD_ALARMS), ("mild", MILD_ALARMS)):
        these = [each for each in judged if each.grade == grade]
        alarms = _share(bool(each.found) for each in these)
        kept.append(alarms <= most)
        often = ", ".join(f"{code} {n}" for code, n in Counter(code for each in these for code in each.found).most_common(3))
        never = _share(each.ratable == "no" for each in these)
        mark = "kept" if kept[-1] else "MISSED"
        lines.append(f"| {grade} | {len(these)} | {alarms:.3f} | {never:.3f} | {often} | {most:.2f}: {mark} |")
    return "\n".join([*lines, "", *_matrix(judged)]), all(kept)


def _matrix(judged: Sequence[Judged]) -> list[str]:
    """The first finding of each clip."""
    names = [*CODES, "ok"]
    lines = ["| made as \\ found first | " + " | ".join(names) + " |", "|---" * (len(names) + 1) + "|"]
    for code in names:
        these = [
            each for each in judged if (each.grade == "bad" and each.code == code) or (code == "ok" and each.grade != "bad")
        ]
        counted = Counter(each.found[0] if each.found else "ok" for each in these)
        lines.append(f"| {code} | " + " | ".join(str(counted[name] or "") for name in names) + " |")
    return lines


def _share(flags: Iterable[bool]) -> float:
    values = list(flags)
    return float(np.mean(values)) if values else 0.0
