"""An explanation of a session for people: as text, and as a picture (SVG). It works nothing out."""

from collections.abc import Iterator, Mapping, Sequence
from xml.sax.saxutils import escape

from stamp_desktop.engine.explain import AnswerStep, Belief, Explanation, SetStep
from stamp_desktop.engine.levels import label

RULES: Mapping[str, str] = {
    "given": "was given before",
    "stripe": "belongs to another stripe, for seats near by",
    "enemies": "has an enemy among the sets given",
    "level": "its levels have had their most sets",
    "topic": "its topic has had its most sets",
    "start": "is no Intermediate set, for a first set",
    "rest": "would leave the rest of the test unfillable",
}
LET_GO: Mapping[str, str] = {
    "start": "the level of a first set",
    "rest": "the look-ahead",
    "topic": "the topic cap",
    "level": "the level limits",
    "stripe": "the stripe",
    "enemies": "the enemies",
}

WIDTH, HEIGHT, LEFT, TOP, BOTTOM = 900, 340, 60, 34, 56


def text(sections: Sequence[Explanation]) -> str:
    """All of it, section by section."""
    return "\n\n".join("\n".join(_section(each)) for each in sections) or "No adaptive section has begun."


def _section(of: Explanation) -> Iterator[str]:
    yield f"{of.section}: stripe {of.stripe + 1}; before the first answer {_belief(of.prior)}"
    for step in of.sets:
        yield from _set(step)
    if of.stopped:
        yield "  The section ended here: a level was probable enough."
    result, beside = of.result, of.beside
    method, level = result.method.replace("_", " "), f"{result.level} ({label(result.level)})"
    yield f"  Score by {method}: level {level}, scaled {result.scaled}, theta {result.theta:.2f} (SD {result.sd:.2f})"
    yield "  level    had  right  expected"
    yield from (f"  {row.level:5}  {row.seen:5}  {row.correct:5}  {row.expected:8.2f}" for row in result.table if row.seen)
    yield "  P(level): " + ", ".join(f"{code} {p:.2f}" for code, p in result.bands if p >= 0.005)
    if result.flagged:
        yield f"  Flag: the other way to score gives level {result.other}."
    shown = {"EAP": beside.eap, "WLE": beside.wle, "MLE": beside.mle}
    yield "  From the full pattern: " + ", ".join(
        f"{name} {found.theta:.2f} ({found.se:.2f})" if found else f"{name} none" for name, found in shown.items()
    )
    if beside.lz_star is not None:
        yield f"  Person fit lz* {beside.lz_star:.2f}" + (": flag, an unlikely pattern" if "fit" in beside.flags else "")
    if beside.rapid:
        flag = ": flag" if "effort" in beside.flags else ""
        yield f"  {beside.rapid} of {beside.answered} answers were rapid guesses and do not count{flag}"


def _set(step: SetStep) -> Iterator[str]:
    where = f"level {step.level}, {step.topic}"
    yield f"  {step.number}. {step.set_id} ({where}), chosen at {_belief(step.before)}"
    match step.why:
        case "pilot":
            yield "     a pilot set at a seeded place; it is not scored"
        case "stage":
            yield f"     of the module {step.module}, to which the answers led; information {step.information:.2f}"
        case _:
            yield f"     most information of {step.candidates} sets: {step.information:.2f}" + (
                f" (next: {', '.join(f'{r.set_id} {r.information:.2f}' for r in step.rivals)})" if step.rivals else ""
            )
    if step.dropped:
        yield f"     let go, as nothing else was left: {', '.join(LET_GO[rule] for rule in step.dropped)}"
    for out in step.exclusions:
        more = f"{out.sets} sets tell" if out.sets > 1 else "1 set tells"
        yield f"     {more} more, best {out.best.set_id} {out.best.information:.2f}: {RULES[out.rule]}"
    yield from (_answer(answer) for answer in step.answers)


def _answer(answer: AnswerStep) -> str:
    said = f"{answer.points} of {answer.of}" if answer.of > 1 else "right" if answer.points else "wrong"
    note = "  rapid guess, does not count" if answer.rapid else ""
    seconds = answer.response_ms / 1000
    return f"     {answer.item:20} {said:8} expected {answer.expected:.2f}  {seconds:6.1f} s  -> {_belief(answer.after)}{note}"


def _belief(of: Belief) -> str:
    code, p = max(of.bands, key=lambda band: band[1])
    return f"theta {of.theta:+.2f} (SD {of.sd:.2f}), most likely level {code} ({p:.2f})"


def picture(sections: Sequence[Explanation], cuts: Mapping[str, Sequence[float]]) -> str:
    """SVG: per section the estimate with its 95 % interval after each answer, over the bands of the levels."""
    height = HEIGHT * max(len(sections), 1)
    panels = [_panel(of, cuts[of.section]) for of in sections]
    drawn = "".join(f'<g transform="translate(0 {HEIGHT * n})">{panel}</g>' for n, panel in enumerate(panels))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" '
        f'font-family="sans-serif" font-size="12"><rect width="{WIDTH}" height="{height}" fill="#fff"/>{drawn}</svg>\n'
    )


def _panel(of: Explanation, cuts: Sequence[float]) -> str:
    answers = [answer for step in of.sets for answer in step.answers]
    beliefs = [of.prior, *(answer.after for answer in answers)]
    low = min([cuts[0] - 0.6, *(b.theta - 1.96 * b.sd for b in beliefs)])
    high = max([cuts[-1] + 0.6, *(b.theta + 1.96 * b.sd for b in beliefs)])
    right = WIDTH - 20

    def x(n: float) -> float:
        return round(LEFT + (right - LEFT) * n / max(len(answers), 1), 1)

    def y(theta: float) -> float:
        return round(TOP + (HEIGHT - TOP - BOTTOM) * (high - theta) / (high - low), 1)

    parts = [f'<text x="{LEFT}" y="20" font-size="14">{escape(of.section)}: level {of.result.level}, {of.result.scaled}</text>']
    edges = [low, *cuts, high]
    for (code, _), below, above in zip(of.result.bands, edges, edges[1:], strict=False):
        parts.append(f'<text x="8" y="{(y(below) + y(above)) / 2 + 4:.1f}" fill="#555">{code}</text>')
    parts += [f'<line x1="{LEFT}" x2="{right}" y1="{y(cut)}" y2="{y(cut)}" stroke="#ccc"/>' for cut in cuts]
    upper = " ".join(f"{x(n)},{y(b.theta + 1.96 * b.sd)}" for n, b in enumerate(beliefs))
    lower = " ".join(f"{x(n)},{y(b.theta - 1.96 * b.sd)}" for n, b in reversed(list(enumerate(beliefs))))
    parts.append(f'<polygon points="{upper} {lower}" fill="#2b6cb0" fill-opacity="0.15"/>')
    path = " ".join(f"{x(n)},{y(b.theta)}" for n, b in enumerate(beliefs))
    parts.append(f'<polyline points="{path}" fill="none" stroke="#2b6cb0" stroke-width="1.5"/>')
    for n, answer in enumerate(answers, 1):
        fill = "#bbb" if answer.rapid else "#2b6cb0" if answer.points == answer.of else "#9cc3e6" if answer.points else "#fff"
        title = escape(f"{answer.item}: {answer.points} of {answer.of}")
        at = f'cx="{x(n)}" cy="{y(answer.after.theta)}"'
        parts.append(f'<circle {at} r="4" fill="{fill}" stroke="#2b6cb0"><title>{title}</title></circle>')
    begun = 0
    for step in of.sets:
        parts.append(
            f'<text x="{x(begun + 0.5)}" y="{HEIGHT - 14}" font-size="9" fill="#555" '
            f'transform="rotate(-20 {x(begun + 0.5)} {HEIGHT - 14})">{escape(step.set_id)}</text>'
        )
        begun += len(step.answers)
    return "".join(parts)
