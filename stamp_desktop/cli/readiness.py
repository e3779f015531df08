"""The verb that asks whether a room is ready: a window, a silent run for fleets, and many reports as one lab."""

# ruff: noqa: PLC0415  # imports inside the verbs are what keeps the start of each one short
import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from stamp_desktop.cli.words import Verbs, assets, user_folder
from stamp_desktop.trouble import Trouble

if TYPE_CHECKING:
    from stamp_desktop.readiness.plan import Plan

COULD_NOT_RUN = 3
LARGEST_GROUP = 2000


def add_verbs(verbs: Verbs) -> None:
    """readiness; readiness merge."""
    ready = verbs.add_parser(
        "readiness",
        help="is this computer, this line and this sound ready for a group?",
        description="Checks this computer, its line and its sound for the booked tests and a group. "
        "Exit status of --silent: 0 ready, 1 warnings, 2 not ready, 3 could not run.",
    )
    ready.set_defaults(run=_readiness)
    ready.add_argument("--silent", action="store_true", help="no window; for fleets")
    ready.add_argument("--json", type=Path, metavar="FILE", help="write the report; - is standard output")
    ready.add_argument("--html", type=Path, metavar="FILE", help="write it as a page")
    ready.add_argument("--group", type=_group, default=30, metavar="N", help="so many test takers at once (%(default)s)")
    which = ready.add_mutually_exclusive_group()
    which.add_argument("--package", type=Path, action="append", default=[], metavar="FILE", help="a test; repeatable")
    which.add_argument(
        "--booked",
        action="store_true",
        help="what this computer's groups take, which is the default; named, a computer without one is not ready",
    )
    ready.add_argument("--server", default="", metavar="URL", help="default: the one that this computer is enrolled at")
    ready.add_argument("--mode", choices=("direct", "hub"), default="direct", help="how answers travel (%(default)s)")
    ready.add_argument("--room", default="", help="for the report")
    ready.add_argument("--site", default="", help="for the report and the server's list")
    ready.add_argument("--data", type=Path, help="this station's data folder")
    ready.add_argument("--no-sound", action="store_true", help="play nothing and record nothing")
    ready.add_argument("--no-line", action="store_true", help="do not measure the line")
    ready.add_argument(
        "--own-line",
        action="store_true",
        help="measure the line from here even if another computer behind the address has just done it; may wait two minutes",
    )
    ready.add_argument("--send", action="store_true", help="give the report to the server that this computer is enrolled at")
    ready.set_defaults(verb="")
    more = ready.add_subparsers(metavar="merge", required=False)
    merge = more.add_parser("merge", help="many reports as one page: computers and checks, what to mend first")
    merge.set_defaults(run=_merge)
    merge.add_argument("files", nargs="+", type=Path, metavar="FILE", help="a report, or a folder of them")
    merge.add_argument("--html", type=Path, required=True, metavar="OUT", dest="out")


def _readiness(asked: argparse.Namespace) -> int:
    if not asked.silent:
        return _window(asked)
    try:
        return _silent(asked)
    except Trouble as trouble:
        print(f"{trouble} [{trouble.code}]", file=sys.stderr)
        return COULD_NOT_RUN


def _silent(asked: argparse.Namespace) -> int:
    from stamp_desktop.readiness.check import encode
    from stamp_desktop.readiness.page import report_page

    for file in (asked.json, asked.html):
        _writable(file)
    plan = _plan(asked)
    report = plan.report(plan.run(lambda _: None))
    if asked.json:
        _write(asked.json, encode(report))
    if asked.html:
        _write(asked.html, report_page(report))
    if str(asked.json) != "-":
        _tell(report)
    if asked.send:
        plan.send(report)
        print("The server has the report.", file=sys.stderr if str(asked.json) == "-" else sys.stdout)
    return report.exit_code


def _window(asked: argparse.Namespace) -> int:
    from stamp_desktop.cli.exam import has_screen

    if not has_screen():
        print("There is no screen here. Without a window: stamp-desktop readiness --silent", file=sys.stderr)
        return COULD_NOT_RUN
    from stamp_desktop.app.readiness import run_readiness

    return run_readiness(_plan(asked))


def _merge(asked: argparse.Namespace) -> int:
    import time

    from stamp_desktop.readiness.lab import gathered, lab, read
    from stamp_desktop.readiness.page import lab_page

    reports, faults = read(gathered(asked.files))
    for file, why in faults:
        print(f"{file}: left out. {why}", file=sys.stderr)
    if not reports:
        print("None of these files is a readiness report.", file=sys.stderr)
        return COULD_NOT_RUN
    made = lab(reports, faults)
    try:
        _write(asked.out, lab_page(made, time.time()))
    except Trouble as trouble:
        print(f"{trouble} [{trouble.code}]", file=sys.stderr)
        return COULD_NOT_RUN
    ready = sum(report.verdict == "pass" for report in made.reports)
    print(f"{asked.out}: {len(made.reports)} computers, {ready} ready, {len(faults)} files left out")
    return 0


def _plan(asked: argparse.Namespace) -> "Plan":
    from stamp_desktop.readiness.line_turn import PERSON, Patience
    from stamp_desktop.readiness.plan import Wish, plan

    own = asked.own_line or not asked.silent
    wish = Wish(
        own_line=own,
        patience=PERSON if own else Patience(),
        data=asked.data or user_folder(),
        packages=tuple(asked.package),
        server=asked.server,
        group=asked.group,
        mode=asked.mode,
        room=asked.room,
        site=asked.site,
        sound=not asked.no_sound,
        line=not asked.no_line,
        booked=asked.booked,
    )
    return plan(wish, assets())


def _tell(report: object) -> None:
    from stamp_desktop.readiness.check import Report
    from stamp_desktop.readiness.rows import headline, moment, place, rows

    if not isinstance(report, Report):
        raise TypeError(type(report))
    _, title, text = headline(report)
    tests = ", ".join(report.packages) or "no test named"
    print(f"{place(report)}, {moment(report.taken)}, for {tests}, {report.group} at once")
    print(f"{title}. {text}")
    for row in rows(report.checks):
        print(f"  {row.said:<10} {row.title:<20} {row.found}")
        for text in (row.remedy, *(part for each in row.others for part in (f"{each.title}: {each.found}", each.remedy))):
            if text:
                print(f"  {'':<10} {'':<20} {text}")


def _writable(file: Path | None) -> None:
    """A report that nobody can keep is found before a minute is spent on it; no empty one is left."""
    if file is None or str(file) == "-":
        return
    fresh = not file.exists()
    try:
        with file.open("a", encoding="utf-8"):
            pass
        if fresh:
            file.unlink()
    except OSError as error:
        raise _unwritten(file, error) from error


def _write(file: Path, text: str) -> None:
    if str(file) == "-":
        sys.stdout.write(text)
        return
    try:
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        raise _unwritten(file, error) from error


def _unwritten(file: Path, error: OSError) -> Trouble:
    why = error.strerror or type(error).__name__
    return Trouble("report-unwritten", f"{file} cannot be written: {why}.", "There is no report.", "Choose another place.")


def _group(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 0 < int(text) <= LARGEST_GROUP):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 1 to {LARGEST_GROUP}")
    return int(text)
