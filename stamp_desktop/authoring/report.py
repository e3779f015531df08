"""A simulation as one page of HTML: what a psychometrician wants to see before signing. It works out nothing.

The page stands alone: no script, no font, no picture is fetched.
"""

from collections.abc import Callable
from html import escape
from typing import Any, TypeAlias

from stamp_desktop.authoring import pictures

Plain: TypeAlias = dict[str, Any]

_STYLE = """
:root { color-scheme: light; --ink: #16202E; --second: #4A5768; --line: #DCE2EA; --paper: #F4F6F9; --primary: #1D4ED8; }
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); line-height: 1.5; font-size: 16px;
  font-family: "Atkinson Hyperlegible Next", "Atkinson Hyperlegible", "Segoe UI", "Noto Sans", "DejaVu Sans", sans-serif; }
main { max-width: 1120px; margin: 0 auto; padding: 40px 24px 64px; }
header p, .lead { color: var(--second); margin: 4px 0 0; max-width: 76ch; }
h1 { font-size: 30px; line-height: 1.2; margin: 0; }
h2 { font-size: 20px; margin: 0 0 4px; }
nav { display: flex; flex-wrap: wrap; gap: 6px 16px; margin: 20px 0 0; font-size: 14px; }
a { color: var(--primary); text-decoration: none; } a:hover { text-decoration: underline; }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(180px, 1fr)); gap: 12px; margin: 28px 0; }
.tile { background: #fff; border: 1px solid var(--line); border-radius: 10px; padding: 14px 16px; }
.tile b { display: block; font-size: 26px; line-height: 1.25; font-variant-numeric: tabular-nums; }
.tile span { color: var(--second); font-size: 13.5px; display: block; line-height: 1.35; }
section { background: #fff; border: 1px solid var(--line); border-radius: 12px; padding: 24px 26px; margin: 0 0 18px; }
section > p { margin: 0 0 14px; color: var(--second); max-width: 84ch; }
figure { margin: 8px 0 0; } svg { width: 100%; height: auto; display: block; }
.pair { display: grid; grid-template-columns: 1fr 1fr; gap: 24px; align-items: start; }
@media (max-width: 820px) { .pair { grid-template-columns: 1fr; } }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; font-size: 14.5px; }
th, td { text-align: right; padding: 6px 10px; border-bottom: 1px solid var(--line); }
th { color: var(--second); font-weight: 600; } th:first-child, td:first-child { text-align: left; padding-left: 0; }
tr:last-child td { border-bottom: 0; }
.scroll { overflow-x: auto; } code { font-size: 13.5px; overflow-wrap: anywhere; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 4px 20px; margin: 0; font-size: 14.5px; }
dt { color: var(--second); } dd { margin: 0; }
@media print { body { background: #fff; } section, .tile { break-inside: avoid; } nav { display: none; } }
"""


def page(title: str, found: Plain) -> str:
    """The page; `found` is the JSON document of a simulation."""
    parts: tuple[tuple[str, str, str, str], ...] = (
        (
            "bank",
            "The bank",
            (
                f"{found['bank']['items']} items in {found['bank']['sets']} scored sets, dealt into stripes: seats side by"
                " side, or front and back, take different stripes. A field shows how many sets a level has on a topic."
            ),
            _figure(pictures.bank_map, found, "Map of the bank") + _figure(pictures.difficulty, found, "Difficulties"),
        ),
        (
            "information",
            "Information against the cuts",
            "Where the curve is high, ability is measured finely. It should not sink at a cut: that is where levels part.",
            _figure(pictures.information, found, "Test information"),
        ),
        (
            "theta",
            "Error by ability",
            (
                "The stated standard error should lie on the observed one. Estimates are drawn a little towards the"
                " middle of the prior: the bias falls from left to right."
            ),
            _figure(pictures.by_theta, found, "Bias, RMSE, standard error by theta"),
        ),
        (
            "levels",
            "Levels",
            "Of the takers of each true level, how many per cent were reported at which level.",
            _figure(pictures.confusion, found, "Confusion of levels") + _levels_table(found),
        ),
        (
            "stated",
            "Is what is stated true?",
            (
                "Each score states a probability for its level. On the dashed line, it is right that often; larger dots"
                " are more takers. Beside it, how long the tests were."
            ),
            '<div class="pair">'
            + _figure(pictures.calibration, found, "Calibration of the stated probability")
            + _figure(pictures.lengths, found, "Length of the tests")
            + "</div>",
        ),
        (
            "exposure",
            "Exposure",
            (
                "A set that many have seen will be known. In a lab of "
                f"{found['plan']['lab'][0]} rows and {found['plan']['lab'][1]} columns the same set reached at most"
                f" {_share(found['exposure']['lab_max']['max'])} of the seats"
                f" (mean over {found['exposure']['lab_max']['labs']} labs {_share(found['exposure']['lab_max']['mean'])})."
            ),
            _figure(pictures.exposure, found, "Exposure of sets"),
        ),
        (
            "overlap",
            "What a neighbour's screen gives away",
            (
                "The share of sets that two tests in one lab have in common, by where the other one sits. Screens that can be"
                " read are beside, before and behind."
            ),
            _figure(pictures.overlap, found, "Overlap of tests by seat"),
        ),
        (
            "rules",
            "Rules of the blueprint",
            "Counted again from the sets that were given, not taken from the engine's word.",
            _violations(found),
        ),
        (
            "robustness",
            "When the world is not as modelled",
            "The same blueprint and bank, one assumption broken at a time; the score knows nothing of it.",
            (_figure(pictures.robustness, found, "Robustness") + _robustness_table(found))
            if found["robustness"]
            else "<p>Not simulated (--robust-takers 0).</p>",
        ),
        (
            "again",
            "To work it out again",
            "The same bank, blueprint, seed and version give the same document, on any number of processors.",
            _provenance(found),
        ),
    )
    links = "".join(f'<a href="#{anchor}">{escape(head)}</a>' for anchor, head, _, _ in parts)
    body = "".join(
        f'<section id="{anchor}"><h2>{escape(head)}</h2><p>{escape(lead)}</p>{content}</section>'
        for anchor, head, lead, content in parts
    )
    plan = found["plan"]
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>Simulation: {escape(title)}</title><style>{_STYLE}</style></head><body><main>"
        f"<header><h1>Simulation of {escape(title)}</h1>"
        f"<p>{found['summary']['takers']:,} simulated test takers, theta {escape(plan['theta'])}, in labs of "
        f"{plan['lab'][0]} × {plan['lab'][1]} seats; {found['blueprint']['sets']} sets a test; scored by "
        f"{escape(found['summary']['score'].replace('_', ' '))}. What chose and scored is the engine that delivers.</p>"
        f"<nav>{links}</nav></header>{_tiles(found)}{body}</main></body></html>\n"
    )


def _tiles(found: Plain) -> str:
    summary = found["summary"]
    tiles = (
        (_share(summary["exact"]), "reported at the true level"),
        (_share(summary["adjacent"]), "within one level"),
        (f"{summary['kappa']:.2f}", "kappa: agreement beyond chance"),
        (f"{summary['rmse']:.2f}", "RMSE of theta"),
        (_share(summary["coverage95"]), "of the 95 % intervals hold the truth"),
        (f"{(summary['stated_p'] - summary['exact']) * 100:+.1f} pt".replace("-", "−"), "stated P against what happened"),
        (_share(summary["lab_max_exposure"]), "largest exposure of a set in a lab"),
        (_share(summary["neighbour_overlap"]), "of the sets shared by neighbours"),
        (_share(summary["unused"]), "of the sets never used"),
        (f"{summary['violations']:,}", "rules broken"),
    )
    return '<div class="tiles">' + "".join(f'<div class="tile"><b>{b}</b><span>{s}</span></div>' for b, s in tiles) + "</div>"


def _levels_table(found: Plain) -> str:
    rows: tuple[tuple[str, Callable[[Plain], float]], ...] = (
        ("Exact level", lambda data: data["exact"]),
        ("Within one level", lambda data: data["adjacent"]),
        ("Kappa", lambda data: data["kappa"]),
        ("Kappa, quadratic weights", lambda data: data["kappa_quadratic"]),
        ("Accuracy the scores themselves promise (Rudner)", lambda data: data["rudner"]["accuracy"]),
        ("Consistency with a second test (Rudner)", lambda data: data["rudner"]["consistency"]),
        ("Accuracy by the number correct (Lee)", lambda data: data["lee"]["accuracy"]),
        ("Consistency by the number correct (Lee)", lambda data: data["lee"]["consistency"]),
        ("Stated P of the reported level, mean", lambda data: data["stated_p"]),
        ("RMSE of theta", lambda data: data["rmse"]),
        ("Bias of theta", lambda data: data["bias"]),
        ("Coverage of the 95 % interval", lambda data: data["coverage95"]),
    )
    methods = found["by_score"]
    body = [[name, *(_three(value(data)) for data in methods.values())] for name, value in rows]
    body.append(["Both scores give the same level", f"{found['same_level']:.3f}", ""])
    return _table(["", *(f"by {method.replace('_', ' ')}" for method in methods)], body)


def _violations(found: Plain) -> str:
    names = {
        "twice": "A set given twice in a test",
        "enemies": "Enemies that met",
        "topic": "Sets beyond the topic cap",
        "stripe": "Sets of another stripe",
        "length": "Tests of a wrong length",
    }
    rows = [[names.get(rule, rule.capitalize()), f"{count:,}"] for rule, count in found["violations"].items()]
    return _table(["rule", f"broken in {found['summary']['takers']:,} tests"], rows)


def _robustness_table(found: Plain) -> str:
    rows = [
        [row["world"]["name"], *(_three(row[key]) for key in ("exact", "adjacent", "rmse", "bias", "coverage95", "stated_p"))]
        for row in found["robustness"]
    ]
    takers = found["robustness"][0]["takers"]
    return _table([f"world ({takers:,} takers each)", "exact", "adjacent", "RMSE", "bias", "coverage", "stated P"], rows)


def _provenance(found: Plain) -> str:
    blueprint, plan = found["blueprint"], found["plan"]
    facts = {
        "seed": str(plan["seed"]),
        "bank (SHA-256)": found["summary"]["bank_hash"],
        "package (SHA-256)": found["package_hash"] or "none: an outside bank",
        "program": found["program"],
        "sets, stripes, topic cap": f"{blueprint['sets']}, {blueprint['stripes']}, {blueprint['max_sets_per_topic'] or 'none'}",
        "prior": f"normal, mean {blueprint['prior_mean']:g}, SD {blueprint['prior_sd']:g}",
        "set effect": f"SD {blueprint['set_effect']:g} modelled, {plan['world']['set_effect']:g} simulated",
        "cuts": ", ".join(f"{cut:g}" for cut in blueprint["cuts"]),
    }
    return "<dl>" + "".join(f"<dt>{name}</dt><dd><code>{escape(value)}</code></dd>" for name, value in facts.items()) + "</dl>"


def _table(head: list[str], rows: list[list[str]]) -> str:
    cells = "".join(f"<th>{escape(cell)}</th>" for cell in head)
    body = "".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows)
    return f'<div class="scroll"><table><thead><tr>{cells}</tr></thead><tbody>{body}</tbody></table></div>'


def _figure(draw: Callable[[Plain], str], found: Plain, label: str) -> str:
    return f'<figure role="img" aria-label="{escape(label)}">{draw(found)}</figure>'


def _three(value: float) -> str:
    return f"{round(value, 3) + 0.0:.3f}".replace("-", "−")


def _share(value: float) -> str:
    return f"{value * 100:.1f} %"
