"""Reports as pages: one computer, or a whole lab as a heat map of computers and checks. One file, nothing from outside.

Colours are those of the program's light theme. Nothing is told by colour alone: each cell has its sign and its words.
"""

from collections.abc import Iterable, Sequence
from functools import cache
from html import escape
from importlib.resources import files
from typing import Final

from stamp_desktop.readiness.check import Check, Point, Report, Verdict
from stamp_desktop.readiness.lab import Lab, Remedy
from stamp_desktop.readiness.rows import SLOW, WORDS, crossing, drained, headline, moment, place, rows, to_mend

SIGNS: Final[dict[Verdict, str]] = {"pass": "✓", "warn": "!", "fail": "✕", "skipped": "–"}
SHOWN_NAMES: Final = 8
READY: Final[dict[Verdict, str]] = {"pass": "Ready", "warn": "To mend", "fail": "Not ready", "skipped": "Not checked"}


def report_page(report: Report) -> str:
    """One computer."""
    verdict, title, text = headline(report)
    where = place(report)
    head = f"<header><h1>Readiness · {escape(where)}</h1><p>{escape(_about(report))}</p></header>"
    said = f'<div class="card verdict {verdict}"><strong>{escape(title)}</strong><p>{escape(text)}</p></div>'
    lines = "".join(
        f'<tr><td><span class="badge {row.verdict}">{SIGNS[row.verdict]} {escape(row.said)}</span></td>'
        f"<td>{escape(row.title)}</td><td>{escape(row.found)}{_todo(row.remedy)}"
        f"{''.join(_small(f'{each.title}: {each.found}') + _todo(each.remedy) for each in row.others)}"
        "</td></tr>"
        for row in rows(report.checks)
    )
    copied = _copy("Copy what is to be mended", to_mend(report))
    parts = [head, "<main>", said, f'<div class="card"><table class="rows"><tbody>{lines}</tbody></table>{copied}</div>']
    if report.curve:
        parts.append(_curve(report))
    parts += [_all_checks(report.checks), _foot(report.taken), "</main>", _script()]
    return _page(f"Readiness of {where}", parts)


def lab_page(lab: Lab, now: float) -> str:
    """All computers of a lab, or of several."""
    counts: dict[Verdict, int] = dict.fromkeys(SIGNS, 0)
    for report in lab.reports:
        counts[report.verdict] += 1
    tiles = "".join(
        f'<div class="tile {verdict}"><b>{count}</b>{READY[verdict]}</div>' for verdict, count in counts.items() if count
    )
    count = f"{len(lab.reports)} computer{'' if len(lab.reports) == 1 else 's'}, {_when(lab, now)}"
    head = f"<header><h1>Readiness · {escape(', '.join(lab.sites) or 'lab')}</h1><p>{escape(count)}</p></header>"
    parts = [
        head,
        "<main>",
        f'<div class="tiles">{tiles}</div>',
        _remedies(lab.remedies[:10]),
        _left_out(lab.left_out),
        _map(lab),
    ]
    parts += [_foot(now), "</main>", _script()]
    return _page("Readiness", parts)


def _map(lab: Lab) -> str:
    if not lab.reports:
        return '<div class="card"><p>There is no report to show.</p></div>'
    legend = "".join(f'<span><i class="cell {verdict}">{sign}</i>{READY[verdict]}</span>' for verdict, sign in SIGNS.items())
    heads = "".join(
        f'<th class="check" scope="col"><button title="{escape(title)}">{escape(title)}</button></th>'
        for _, title in lab.columns
    )
    named = "".join(f'<th scope="col"><button>{word}</button></th>' for word in ("Computer", "Room", "Verdict", "Checked"))
    body = "".join(_line(report, lab) for report in lab.reports)
    table = f"<table><thead><tr>{named}{heads}</tr></thead><tbody>{body}</tbody></table>"
    return (
        '<h2>Computers and checks</h2><p class="legend">' + legend + "</p>"
        f'<div class="card map" tabindex="0" role="region" aria-label="Computers and checks">{table}</div>'
    )


def _line(report: Report, lab: Lab) -> str:
    checks = {check.id: check for check in report.checks}
    verdict = report.verdict
    cells = "".join(_cell(checks.get(name)) for name, _ in lab.columns)
    badge = f'<span class="badge {verdict}">{SIGNS[verdict]} {READY[verdict]}</span>'
    room = " · ".join(part for part in (report.site if len(lab.sites) > 1 else "", report.room) if part)
    about = f"{place(report)}: {_about(report)}, program {report.program}"
    return (
        f'<tr><th scope="row" data-key="{escape(report.computer)}" title="{escape(about)}">{escape(report.computer)}</th>'
        f'<td data-key="{escape(room)}">{escape(room or "–")}</td>'
        f'<td data-key="{_key(verdict)}">{badge}</td>'
        f'<td data-key="{report.taken}" title="{moment(report.taken)}">{moment(report.taken)[5:16]}</td>{cells}</tr>'
    )


def _cell(check: Check | None) -> str:
    if check is None:
        return '<td class="cell none" data-key="4"><span role="img" aria-label="No such check"></span></td>'
    said = escape(f"{check.title}: {check.found} {check.remedy}".strip())
    sign, key = SIGNS[check.verdict], _key(check.verdict)
    return f'<td class="cell {check.verdict}" data-key="{key}" title="{said}">{sign}</td>'


def _key(verdict: Verdict) -> int:
    return ("fail", "warn", "pass", "skipped").index(verdict)


def _remedies(remedies: Sequence[Remedy]) -> str:
    if not remedies:
        said = "<strong>Nothing is to be mended</strong><p>Every check that was made has passed.</p>"
        return f'<div class="card verdict pass">{said}</div>'
    lines = "".join(
        f'<li><span class="badge {each.verdict}">{SIGNS[each.verdict]} {len(each.computers)}</span> '
        f"<b>{escape(each.remedy)}</b>"
        f"<small>{escape(each.title)}: {escape(each.found)}</small>{_names(each.computers)}</li>"
        for each in remedies
    )
    text = "\n".join(f"{each.remedy} ({each.title}: {each.found}) {', '.join(each.computers)}" for each in remedies)
    head = f'<div class="head"><h2>What to do first</h2>{_copy("Copy this list", text)}</div>'
    return f'<div class="card">{head}<ol class="first">{lines}</ol></div>'


def _left_out(faults: Iterable[tuple[str, str]]) -> str:
    lines = "".join(f"<li><b>{escape(file)}</b><small>{escape(why)}</small></li>" for file, why in faults)
    return f'<div class="card verdict warn"><h2>Left out</h2><ol>{lines}</ol></div>' if lines else ""


def _all_checks(checks: Iterable[Check]) -> str:
    lines = "".join(
        f'<tr><td><span class="badge {check.verdict}">{SIGNS[check.verdict]} {WORDS[check.verdict]}</span></td>'
        f"<td>{escape(check.title)}</td><td>{escape(check.found)}{_small(check.remedy)}</td><td>{escape(check.id)}</td></tr>"
        for check in checks
    )
    return f'<details class="card"><summary>Every check</summary><table class="rows"><tbody>{lines}</tbody></table></details>'


def _curve(report: Report) -> str:
    """p95 against the group size, with the limit marked."""
    points = sorted(report.curve, key=lambda point: point.group)
    widest, highest = max(point.group for point in points), max(4.0, *(min(point.p95_seconds, 8.0) for point in points))

    def at(point: Point) -> str:
        return f"{50 + 480 * point.group / widest:.1f},{250 - 220 * min(point.p95_seconds, highest) / highest:.1f}"

    slow = 250 - 220 * SLOW / highest
    limit = crossing(points, SLOW)
    x = 50 + 480 * limit / widest
    mark = ""
    if limit:
        mark = (
            f'<line x1="{x:.1f}" y1="30" x2="{x:.1f}" y2="250" stroke="#1D4ED8" stroke-dasharray="3 4"/>'
            f'<text x="{x:.1f}" y="270" text-anchor="middle">{limit}</text>'
        )
    line = " ".join(at(point) for point in points)
    said, _ = drained(report)
    return (
        '<div class="card"><h2>Time to the next question against group size</h2>'
        "<p>95th percentile, if questions were fetched over this line</p>"
        f'<svg viewBox="0 0 560 280" role="img" aria-label="Up to {limit} wait less than 2 seconds" font-size="14" '
        'fill="#4A5768">'
        f'<line x1="50" y1="250" x2="530" y2="250" stroke="#B8C2CF"/><line x1="50" y1="{slow:.1f}" x2="530" y2="{slow:.1f}" '
        f'stroke="#B42318" stroke-dasharray="6 5"/>'
        f'<text x="530" y="{slow - 6:.1f}" text-anchor="end" fill="#B42318">2 s: too slow</text>'
        f'<polyline points="{line}" fill="none" stroke="#1D4ED8" stroke-width="3" stroke-linejoin="round"/>{mark}'
        f'<text x="50" y="270">0</text><text x="530" y="270" text-anchor="end">{widest}</text></svg><p>{escape(said)}</p></div>'
    )


def _small(text: str) -> str:
    return f"<small>{escape(text.strip())}</small>" if text.strip() else ""


def _todo(text: str) -> str:
    return f'<span class="todo">{escape(text)}</span>' if text else ""


def _copy(words: str, text: str) -> str:
    """A button that copies `text`; nothing without one."""
    return f'<button class="copy" data-copy="{escape(text)}">{words}</button>' if text else ""


def _names(names: Sequence[str]) -> str:
    """Those whom it concerns; many are folded. Copied, they are a list as fleets' tools take it: with commas alone."""
    copied = _copy("Copy names", ",".join(names))
    if len(names) <= SHOWN_NAMES:
        return f'<small class="who">{escape(", ".join(names))} {copied}</small>'
    some = f"{', '.join(names[:SHOWN_NAMES])} and {len(names) - SHOWN_NAMES} more"
    rest = escape(", ".join(names[SHOWN_NAMES:]))
    return f'<details class="who"><summary>{escape(some)}</summary>{rest}</details><small>{copied}</small>'


def _when(lab: Lab, now: float) -> str:
    """When they were checked, and for which tests."""
    if not lab.reports:
        return moment(now)
    times = [report.taken for report in lab.reports]
    first, last = moment(min(times)), moment(max(times))
    tests = sorted({test for report in lab.reports for test in report.packages})
    for_tests = f", for {', '.join(tests[:6])}{' and others' if len(tests) > 6 else ''}" if tests else ""
    if first == last:
        return f"checked {last}{for_tests}"
    same_day = first[:10] == last[:10]
    return f"checked {first[:16]} to {last[11:] if same_day else last}{for_tests}"


def _script() -> str:
    return f"<script>{_beside('page.js')}</script>"


def _about(report: Report) -> str:
    way = "straight to the server" if report.mode == "direct" else "through a room hub"
    tests = ", ".join(report.packages) or "no test named"
    return f"Checked {moment(report.taken)} for {tests}, {report.group} at once, {way}; {report.system}"


def _foot(taken: float) -> str:
    return f"<footer>STAMP Desktop, {moment(taken)}</footer>"


def _page(title: str, parts: Iterable[str]) -> str:
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; "
        "script-src 'unsafe-inline'\">"
        f"<style>{_beside('page.css')}</style></head><body>{''.join(parts)}</body></html>\n"
    )


@cache
def _beside(name: str) -> str:
    return files("stamp_desktop.readiness").joinpath(name).read_text(encoding="utf-8")
