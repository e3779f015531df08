"""A recording as a picture: waveform and spectrogram, with what was found marked. It judges nothing.

Needs matplotlib (extra `authoring`). A long recording is thinned out: the picture never holds more than `COLUMNS` columns.
"""

from collections.abc import Iterable
from pathlib import Path

import numpy as np
import numpy.typing as npt

from stamp_desktop.audio.levels import Samples
from stamp_desktop.audio.screening import Verdict
from stamp_desktop.trouble import Trouble

COLUMNS = 2_000
TOP_HZ, BAND_HZ = 8_000, 62.5
FLOOR_DB = -110.0


class Canvas:
    """Takes in a sound block by block and keeps what can be seen of it."""

    def __init__(self, rate: int) -> None:
        self._rate = rate
        self._window = max(16, round(rate / BAND_HZ))
        self._rest: Samples = np.zeros(0, dtype=np.float32)
        self._thin = 1
        self._skip = 0
        self._lows: list[float] = []
        self._highs: list[float] = []
        self._spectra: list[npt.NDArray[np.float32]] = []

    def feed(self, block: Samples) -> None:
        """Draw on."""
        sound = np.concatenate([self._rest, block])
        whole = sound.size // self._window * self._window
        self._rest = sound[whole:]
        windows = sound[:whole].reshape(-1, self._window)
        shape = np.hanning(self._window)
        for window in windows:
            if self._skip:
                self._skip -= 1
                self._lows[-1] = min(self._lows[-1], float(window.min()))
                self._highs[-1] = max(self._highs[-1], float(window.max()))
                continue
            self._skip = self._thin - 1
            self._lows.append(float(window.min()))
            self._highs.append(float(window.max()))
            power = np.abs(np.fft.rfft(window * shape)[: round(TOP_HZ / BAND_HZ)]) / (self._window / 4)
            self._spectra.append((20 * np.log10(np.maximum(power, 1e-6))).astype(np.float32))
            if len(self._lows) > 2 * COLUMNS:
                self._halve()

    def _halve(self) -> None:
        pairs = len(self._lows) // 2
        self._lows = [min(self._lows[2 * i : 2 * i + 2]) for i in range(pairs)]
        self._highs = [max(self._highs[2 * i : 2 * i + 2]) for i in range(pairs)]
        self._spectra = self._spectra[0 : 2 * pairs : 2]
        self._thin *= 2
        self._skip = 0

    def save(self, file: Path, title: str, verdict: Verdict) -> None:
        """Write the picture as PNG; Trouble("no-matplotlib") where matplotlib is missing."""
        try:
            from matplotlib.figure import Figure  # noqa: PLC0415  # only who asks for a picture needs it
        except ImportError as error:
            what = "Pictures need matplotlib, which is not installed."
            raise Trouble("no-matplotlib", what, "", "Install it: pip install 'stamp-desktop[authoring]'.") from error
        step = self._window * self._thin / self._rate
        length = max(step, len(self._lows) * step)
        figure = Figure(figsize=(12, 6.5), layout="constrained")
        wave, spectrum = figure.subplots(2, 1, sharex=True, height_ratios=(2, 3))
        at = np.arange(len(self._lows)) * step
        wave.fill_between(at, self._lows, self._highs, step="post", color="#3b6ea5", linewidth=0)
        wave.set(ylim=(-1.05, 1.05), ylabel="amplitude", xlim=(0, length))
        codes = ", ".join(finding.code for finding in verdict.findings) or "nothing found"
        figure.suptitle(f"{title}: {codes}; ratable: {verdict.ratable}")
        if self._spectra:
            top = self._spectra[0].size * BAND_HZ
            spectrum.imshow(
                np.stack(self._spectra).T, origin="lower", aspect="auto", extent=(0, length, 0, top), vmin=FLOOR_DB, vmax=0
            )
        spectrum.set(xlabel="seconds", ylabel="Hz")
        for row, finding in enumerate(verdict.findings):
            colour = "#c0392b" if finding.severity == "likely_nr" else "#d68910"
            for start, end in finding.spans:
                wave.axvspan(start, end, ymin=0.94 - 0.08 * row, ymax=0.99 - 0.08 * row, color=colour, alpha=0.8)
                spectrum.axvline(start, color=colour, linewidth=0.8)
                spectrum.axvline(end, color=colour, linewidth=0.8, linestyle=":")
            place = finding.spans[0][0] if finding.spans else 0.0
            wave.text(place, 0.92 - 0.16 * row, f" {finding.code} {finding.confidence:.2f}", va="center", fontsize=8)
        figure.savefig(file, dpi=110)


def draw(blocks: Iterable[Samples], rate: int) -> Canvas:
    """The canvas of a sound that comes in blocks."""
    canvas = Canvas(rate)
    for block in blocks:
        canvas.feed(block)
    return canvas
