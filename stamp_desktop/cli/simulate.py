"""The verb that simulates test takers on a bank."""

# ruff: noqa: PLC0415  # imports inside the verbs are what keeps the start of each one short
import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from stamp_desktop.cli.words import Verbs, need_authoring

if TYPE_CHECKING:
    from stamp_desktop.engine.simulation.plan import Abilities


def add_verbs(verbs: Verbs) -> None:
    """simulate."""
    simulate = verbs.add_parser("simulate", help="simulated test takers on a package or an outside bank; a report of it")
    simulate.set_defaults(run=_simulate)
    what = simulate.add_mutually_exclusive_group(required=True)
    what.add_argument("--package", type=Path, help="a package, with its keys beside it")
    what.add_argument("--bank", type=Path, help="a bank as CSV (docs/simulation.md); needs --blueprint")
    simulate.add_argument("--blueprint", type=Path, help="the blueprint of the bank, as TOML")
    simulate.add_argument("--section", help="the package's section; default: the first adaptive one")
    simulate.add_argument(
        "--publisher", type=Path, help="the publisher's public key; default: publisher.pub beside the package"
    )
    simulate.add_argument("--takers", type=_count, default=1000)
    simulate.add_argument("--seed", type=int, default=1)
    simulate.add_argument("--lab", type=_lab, default=(4, 8), metavar="ROWSxCOLS", help="seats of a lab; default 4x8")
    simulate.add_argument("--theta", type=_abilities, metavar="normal:M,SD|uniform:A,B", help="default: the blueprint's prior")
    simulate.add_argument("--robust-takers", type=int, default=1000, help="takers for each other world; 0 leaves them out")
    simulate.add_argument("--processes", type=int, default=0, help="default: one for each processor; changes no result")
    simulate.add_argument("--json", type=Path, help="write all results here")
    simulate.add_argument("--html", type=Path, help="write the report with pictures here")


def _count(text: str) -> int:
    if (number := int(text)) < 1:
        raise argparse.ArgumentTypeError("at least 1")
    return number


def _lab(text: str) -> tuple[int, int]:
    rows, _, columns = text.lower().partition("x")
    if not (rows.isdigit() and columns.isdigit() and int(rows) and int(columns)):
        raise argparse.ArgumentTypeError("rows x columns, as in 4x8")
    return int(rows), int(columns)


def _abilities(text: str) -> "Abilities":
    import math

    from stamp_desktop.engine.simulation.plan import Abilities

    kind, _, numbers = text.partition(":")
    try:
        first, second = (float(number) for number in numbers.split(","))
    except ValueError:
        raise argparse.ArgumentTypeError("as in normal:0,1.5 or uniform:-4,4") from None
    if kind == "normal" and math.isfinite(first) and 0 <= second < math.inf:
        return Abilities("normal", first, second)
    if kind == "uniform" and -math.inf < first <= second < math.inf:
        return Abilities("uniform", first, second)
    raise argparse.ArgumentTypeError("as in normal:0,1.5 (SD not below 0) or uniform:-4,4 (rising)")


def _simulate(asked: argparse.Namespace) -> int:
    need_authoring()
    from stamp_desktop.authoring.simulate import Asked, simulate
    from stamp_desktop.authoring.subject import outside, packaged
    from stamp_desktop.engine.simulation.plan import Abilities, Plan, World

    if asked.bank and not asked.blueprint:
        print("A bank is simulated with its blueprint: --blueprint FILE.toml", file=sys.stderr)
        return 2
    subject = outside(asked.bank, asked.blueprint) if asked.bank else packaged(asked.package, asked.publisher, asked.section)
    section = subject.section
    plan = Plan(
        takers=asked.takers,
        seed=asked.seed,
        lab=asked.lab,
        abilities=asked.theta or Abilities("normal", section.prior_mean, section.prior_sd),
        world=World("as modelled", section.set_effect),
    )
    progress = Meter()
    found = simulate(subject, Asked(plan, asked.robust_takers, asked.processes), progress)
    progress.end()
    if asked.json:
        asked.json.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", "utf-8")
    if asked.html:
        from stamp_desktop.authoring import report

        asked.html.write_text(report.page(subject.title, found), "utf-8")
    print(_short(found["summary"]))
    return 0


def _short(summary: dict[str, object]) -> str:
    width = max(map(len, summary))
    return "\n".join(f"{key:{width}}  {value}" for key, value in summary.items())


class Meter:
    """Progress on the terminal: one line that is written over; elsewhere a line for each tenth."""

    def __init__(self) -> None:
        self._live = sys.stderr.isatty()
        self._last = ""

    def __call__(self, what: str, done: int, of: int) -> None:
        percent = done * 100 // of
        line = f"{what}: {done:,} of {of:,} takers ({percent} %)" if self._live else f"{what}: {percent // 10 * 10} %"
        if line != self._last:
            print(f"\r\x1b[K{line}" if self._live else line, end="" if self._live else "\n", file=sys.stderr, flush=True)
        self._last = line

    def end(self) -> None:
        """Leave the terminal as it was."""
        if self._live:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)
