"""A verdict as one line of JSON: the form of `stamp-desktop audio screen --json`, of files and of the protocol."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from stamp_desktop.audio import advice, files
from stamp_desktop.audio.levels import Samples
from stamp_desktop.audio.screening import Screen, Verdict
from stamp_desktop.trouble import Trouble


def record(file: str, verdict: Verdict) -> dict[str, Any]:
    """`{"file", "findings": [{"code", "severity", "confidence", "spans", "advice"}], "ratable"}`, findings worst first."""
    findings = []
    for finding in verdict.findings:
        saying = advice.for_finding(finding)
        findings.append(
            {
                "code": finding.code,
                "severity": finding.severity,
                "confidence": finding.confidence,
                "spans": finding.spans,
                "advice": f"{saying.title}. {saying.text} {saying.todo}",
            }
        )
    return {"file": file, "findings": findings, "ratable": verdict.ratable}


def line(file: str, verdict: Verdict) -> str:
    """The record as a line."""
    return json.dumps(record(file, verdict), ensure_ascii=False)


def trouble_line(file: str, trouble: Trouble) -> str:
    """The line of a file that could not be judged: no findings, not ratable, and `error` says why."""
    error = {"code": trouble.code, "advice": str(trouble.advice)}
    return json.dumps({"file": file, "findings": [], "ratable": "no", "error": error}, ensure_ascii=False)


def judged(blocks: Iterable[Samples], rate: int) -> Verdict:
    """The verdict on a sound that comes in blocks."""
    whole = Screen(rate)
    for block in blocks:
        whole.feed(block)
    return whole.finish()


def screened(path: Path) -> Verdict:
    """The verdict on a sound file; Trouble where it cannot be read."""
    with files.opened(path) as sound:
        return judged(sound.blocks(), sound.rate)


def text(file: str, verdict: Verdict) -> str:
    """The same for people at a terminal."""
    if not verdict.findings:
        levels = f"speech {verdict.level_dbfs:.0f} dBFS, {verdict.snr_db:.0f} dB over the noise"
        return f"{file}: nothing found ({verdict.speech_seconds:.1f} s of {levels})"
    lines = [f"{file}: ratable: {verdict.ratable}"]
    for finding in verdict.findings:
        saying = advice.for_finding(finding)
        spans = ", ".join(f"{start:.1f}-{end:.1f} s" for start, end in finding.spans[:5])
        more = f" and {len(finding.spans) - 5} more" if len(finding.spans) > 5 else ""
        lines.append(f"  {finding.code} ({finding.severity}, {finding.confidence:.2f}) {spans}{more}")
        lines.append(f"    {saying.title}. {saying.text} {saying.todo}")
    return "\n".join(lines)
