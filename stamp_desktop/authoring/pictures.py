"""The pictures of a simulation report, drawn with matplotlib as SVG that stands in a page. Each takes plain findings.

The letters stay letters: they take the page's font, can be searched and read aloud. The same findings give the same bytes.
"""

import io
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeAlias

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure

Plain: TypeAlias = dict[str, Any]

INK, SECOND, LINE, PRIMARY, GOOD, ATTENTION, BAD = "#16202E", "#4A5768", "#DCE2EA", "#1D4ED8", "#0F7B4A", "#B26A00", "#B42318"
SERIES = (PRIMARY, "#C2410C", GOOD, "#7C3AED", "#0891B2", "#BE185D")
_BLUES = LinearSegmentedColormap.from_list("paper to primary", ["#F4F6F9", "#A9BFF3", "#1D4ED8", "#12307F"])
_STYLE: Any = {
    "svg.fonttype": "none",
    "svg.hashsalt": "stamp-desktop",
    "font.family": "sans-serif",
    "font.size": 10.5,
    "axes.edgecolor": LINE,
    "axes.labelcolor": SECOND,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": "#EAEEF3",
    "grid.linewidth": 0.8,
    "xtick.color": SECOND,
    "ytick.color": SECOND,
    "text.color": INK,
    "lines.linewidth": 2.0,
    "legend.frameon": False,
}


@contextmanager
def _drawing(width: float, height: float, parts: int = 1) -> Iterator[tuple[Figure, list[Axes], Callable[[], str]]]:
    """A figure with so many parts side by side, and what makes its SVG text."""
    with mpl.rc_context(_STYLE), warnings.catch_warnings():
        # Letters that matplotlib's own font lacks are only measured with it; the page draws them with one that has them.
        warnings.filterwarnings("ignore", "Glyph .* missing")
        figure = Figure(figsize=(width, height), layout="constrained")
        axes = figure.subplots(1, parts, squeeze=False)[0].tolist()

        def text() -> str:
            out = io.StringIO()
            figure.savefig(out, format="svg", transparent=True, metadata={"Date": None, "Creator": None})
            return out.getvalue()[out.getvalue().index("<svg") :]

        yield figure, axes, text


def bank_map(found: Plain) -> str:
    """Sets by level and topic, one field for each stripe."""
    bank = found["bank"]
    cells = np.array(bank["cells"]).reshape(len(bank["levels"]), len(bank["topics"]), -1)
    stripes = cells.shape[2]
    height = 1.3 + 0.28 * len(bank["levels"])
    with _drawing(11, max(height, 2.6), stripes) as (figure, axes, text):
        most = max(int(cells.max()), 1)
        for stripe, axis in enumerate(axes):
            table = cells[:, :, stripe]
            picture = axis.imshow(table, cmap=_BLUES, vmin=0, vmax=most, aspect="auto", origin="lower")
            axis.set_title(f"Stripe {stripe + 1}: {table.sum()} sets", fontsize=11, loc="left")
            axis.set_yticks(range(len(bank["levels"])), [str(level) for level in bank["levels"]] if stripe == 0 else [])
            axis.set_xticks(range(len(bank["topics"])), bank["topics"], rotation=60, ha="right", fontsize=8)
            axis.grid(visible=False)
            axis.spines[:].set_visible(False)
            axis.tick_params(length=0)
            if len(bank["topics"]) * stripes <= 60:
                for (level, topic), number in np.ndenumerate(table):
                    colour = "white" if number > most / 2 else SECOND
                    axis.text(topic, level, str(number or "·"), ha="center", va="center", fontsize=8, color=colour)
        axes[0].set_ylabel("level")
        bar = figure.colorbar(picture, ax=axes, shrink=0.8, ticks=range(most + 1) if most < 10 else None)
        bar.outline.set_visible(False)
        return text()


def difficulty(found: Plain) -> str:
    """Where the items' difficulties lie, level by level, against the bands."""
    bank = found["bank"]
    with _drawing(11, 3.2) as (_, (axis,), text):
        for number, level in enumerate(bank["levels"]):
            values = [b for of, items in bank["difficulty"] if of == level for b in items]
            spread = (np.arange(len(values)) * 0.618034 % 1 - 0.5) * 0.6
            axis.plot(values, np.full(len(values), number) + spread, "o", ms=3, color=PRIMARY, alpha=0.35, mec="none")
        _cuts(axis, found["information"]["cuts"])
        axis.set_yticks(range(len(bank["levels"])), [str(level) for level in bank["levels"]])
        axis.set_ylabel("level of the item")
        axis.set_xlabel("difficulty b (dashed: the cuts)")
        return text()


def information(found: Plain) -> str:
    """Test information as it was given, the most that each stripe could give, and the cuts."""
    data = found["information"]
    theta = np.array(data["theta"])
    given = np.array([np.nan if value is None else value for value in data["given"]])
    with _drawing(11, 3.6) as (_, (axis,), text):
        possible = np.array(data["possible"])
        axis.fill_between(
            theta, possible.min(axis=0), possible.max(axis=0), color=PRIMARY, alpha=0.15, label="the most a stripe could give"
        )
        axis.plot(theta, possible.min(axis=0), color=PRIMARY, lw=1, alpha=0.6)
        axis.plot(theta, given, color=PRIMARY, label="given to the takers there")
        _cuts(axis, data["cuts"])
        axis.set_ylim(bottom=0)
        axis.set_xlabel("theta (dashed: the cuts)")
        axis.set_ylabel("information")
        axis.legend(loc="upper right", fontsize=9)
        return text()


def by_theta(found: Plain) -> str:
    """Bias and RMSE, stated and observed SEM, exact and coverage, by true theta, for both scores."""
    with _drawing(11, 3.4, 3) as (_, axes, text):
        for colour, (method, data) in zip(SERIES, found["by_score"].items(), strict=False):
            rows = data["by_theta"]
            at = [(row["from"] + row["to"]) / 2 for row in rows]
            name = _words(method)
            axes[0].plot(at, [row["rmse"] for row in rows], color=colour, label=f"RMSE, {name}")
            axes[0].plot(at, [row["bias"] for row in rows], color=colour, ls=":", label=f"bias, {name}")
            axes[1].plot(at, [row["observed_sem"] for row in rows], color=colour, label=f"observed, {name}")
            axes[1].plot(at, [row["sem"] for row in rows], color=colour, ls=":", label=f"stated, {name}")
            axes[2].plot(at, [row["exact"] for row in rows], color=colour, label=f"exact level, {name}")
            axes[2].plot(at, [row["coverage95"] for row in rows], color=colour, ls=":", label=f"95 % interval, {name}")
        axes[0].axhline(0, color=SECOND, lw=0.8)
        axes[1].set_ylim(bottom=0)
        axes[2].set_ylim(0, 1.02)
        axes[2].axhline(0.95, color=SECOND, lw=0.8, ls="--")
        for axis, title in zip(axes, ("Bias and RMSE", "Standard error of measurement", "Share that is right"), strict=True):
            axis.set_title(title, fontsize=11, loc="left")
            axis.set_xlabel("true theta")
            axis.legend(fontsize=8, loc="best")
        return text()


def confusion(found: Plain) -> str:
    """Reported levels of the takers of each true level, for both scores, in per cent of the row."""
    codes = found["levels"]
    with _drawing(11, 4.6, 2) as (_, axes, text):
        for axis, (method, data) in zip(axes, found["by_score"].items(), strict=True):
            table = np.array(data["confusion"], dtype=np.float64)
            share = table / np.maximum(table.sum(axis=1, keepdims=True), 1)
            axis.imshow(share, cmap=_BLUES, vmin=0, vmax=1, origin="lower")
            for (true, level), value in np.ndenumerate(share):
                if table[true, level]:
                    colour = "white" if value > 0.5 else INK
                    label = f"{value * 100:.0f}" if value >= 0.005 else "<1"
                    axis.text(level, true, label, ha="center", va="center", fontsize=9, color=colour)
            axis.set_xticks(range(len(codes)), codes)
            axis.set_yticks(range(len(codes)), codes)
            axis.set_xlabel("reported level")
            axis.set_ylabel("true level")
            axis.set_title(f"By {_words(method)}: {data['exact'] * 100:.1f} % exact", fontsize=11, loc="left")
            axis.grid(visible=False)
            axis.tick_params(length=0)
            axis.spines[:].set_visible(False)
        return text()


def calibration(found: Plain) -> str:
    """What was stated against what happened; the bars are how many were told so."""
    with _drawing(5.4, 3.8) as (_, (axis,), text):
        axis.plot([0, 1], [0, 1], color=SECOND, lw=1, ls="--")
        for colour, (method, data) in zip(SERIES, found["by_score"].items(), strict=False):
            rows = data["calibration"]
            sizes = [10 + 190 * row["takers"] / data["takers"] for row in rows]
            stated, observed = [row["stated"] for row in rows], [row["observed"] for row in rows]
            axis.plot(stated, observed, color=colour, lw=1.5, label=f"by {_words(method)}")
            axis.scatter(stated, observed, s=sizes, color=colour, alpha=0.6, lw=0)
        axis.set_xlim(0.15, 1.02)
        axis.set_ylim(0.15, 1.02)
        axis.set_xlabel("stated P of the reported level")
        axis.set_ylabel("share for which it was true")
        axis.legend(loc="upper left", fontsize=9)
        return text()


def lengths(found: Plain) -> str:
    """How many items the tests had."""
    counts = {int(items): takers for items, takers in found["length"]["items"].items()}
    with _drawing(5.4, 3.8) as (_, (axis,), text):
        axis.bar(list(counts), list(counts.values()), color=PRIMARY, width=0.8)
        axis.set_xlim(min(counts) - 3, max(counts) + 3)
        axis.set_xlabel("scored items in the test")
        axis.set_ylabel("takers")
        axis.grid(visible=False, axis="x")
        return text()


def exposure(found: Plain) -> str:
    """Exposure of each set, largest first; its largest at each level."""
    data = found["exposure"]
    rates = sorted(data["rates"].values(), reverse=True)
    with _drawing(11, 3.3, 2) as (_, axes, text):
        axes[0].fill_between(range(len(rates)), rates, step="mid", color=PRIMARY, alpha=0.85, lw=0)
        axes[0].set_title("Of all takers, set by set", fontsize=11, loc="left")
        axes[0].set_xlabel(f"{len(rates)} sets, the most used first ({data['unused'] * 100:.0f} % never used)")
        axes[0].set_ylabel("share that was given it")
        axes[0].set_ylim(bottom=0)
        rows = data["conditional"]
        axes[1].bar([found["levels"][row["level"]] for row in rows], [row["max"] for row in rows], color=PRIMARY, width=0.65)
        axes[1].set_title("The most used set among takers of one level", fontsize=11, loc="left")
        axes[1].set_xlabel("true level of the taker")
        axes[1].grid(visible=False, axis="x")
        return text()


def overlap(found: Plain) -> str:
    """What two seats have in common by where the other one sits, and by steps between them."""
    offsets = {(row, column): share for row, column, share, _ in found["overlap"]["offsets"]}
    offsets |= {(-row, -column): share for (row, column), share in offsets.items()}
    with _drawing(11, 4.0, 2) as (figure, axes, text):
        if offsets:
            rows = max(abs(row) for row, _ in offsets)
            columns = max(abs(column) for _, column in offsets)
            table = np.full((2 * rows + 1, 2 * columns + 1), np.nan)
            for (row, column), share in offsets.items():
                table[row + rows, column + columns] = share
            picture = axes[0].imshow(
                table, cmap=_BLUES, vmin=0, origin="lower", extent=(-columns - 0.5, columns + 0.5, -rows - 0.5, rows + 0.5)
            )
            for (row, column), share in offsets.items():
                dark = share > np.nanmax(table) * 0.6
                axes[0].text(
                    column, row, f"{share:.2f}"[1:], ha="center", va="center", fontsize=8, color="white" if dark else INK
                )
            axes[0].text(0, 0, "you", ha="center", va="center", fontsize=9, color=INK)
            figure.colorbar(picture, ax=axes[0], shrink=0.7).outline.set_visible(False)
            axes[0].set_xticks(range(-columns, columns + 1))
            axes[0].set_yticks(range(-rows, rows + 1))
        axes[0].set_xlabel("seats to the side")
        axes[0].set_ylabel("rows in front or behind")
        axes[0].grid(visible=False)
        axes[0].spines[:].set_visible(False)
        axes[0].set_title("Sets in common with the seat there", fontsize=11, loc="left")
        steps = found["overlap"]["by_distance"]
        axes[1].bar([row["steps"] for row in steps], [row["overlap"] for row in steps], color=PRIMARY, width=0.65)
        axes[1].set_title("By steps between two seats", fontsize=11, loc="left")
        axes[1].set_xlabel("steps along rows and columns (1: neighbours)")
        axes[1].set_ylim(bottom=0)
        axes[1].grid(visible=False, axis="x")
        return text()


def robustness(found: Plain) -> str:
    """Exact levels, RMSE and coverage in other worlds."""
    rows = found["robustness"]
    names = [row["world"]["name"] for row in rows]
    measures = (("exact", "Exact level"), ("rmse", "RMSE"), ("coverage95", "95 % interval covers"))
    with _drawing(11, 0.9 + 0.42 * len(rows), 3) as (_, axes, text):
        for number, (axis, (key, title)) in enumerate(zip(axes, measures, strict=True)):
            values = [row[key] for row in rows]
            colours = [PRIMARY, *["#8FA9E8"] * (len(rows) - 1)]
            axis.barh(range(len(rows)), values, color=colours, height=0.62)
            axis.axvline(values[0], color=SECOND, lw=0.8, ls="--")
            axis.set_yticks(range(len(rows)), names if number == 0 else [])
            axis.invert_yaxis()
            axis.grid(visible=False, axis="y")
            axis.tick_params(axis="y", length=0)
            axis.set_xlim(0, max(values) * 1.18)
            axis.set_title(title, fontsize=11, loc="left")
            for place, value in enumerate(values):
                axis.text(value, place, f" {value:.3f}", va="center", fontsize=9)
        return text()


def _cuts(axis: Axes, cuts: Sequence[float]) -> None:
    for cut in cuts:
        axis.axvline(cut, color=SECOND, lw=0.9, ls=(0, (4, 3)), alpha=0.7)


def _words(method: str) -> str:
    return method.replace("_", " ")
