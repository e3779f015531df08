"""A verdict as one line of JSON: the form of `stamp-desktop audio screen --json`, of files and of the protocol."""

import json

from stamp_desktop.audio import advice
from stamp_desktop.audio.playback import decode
from stamp_desktop.audio.screening import Verdict, screen


def line(file: str, verdict: Verdict) -> str:
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
    return json.dumps({"file": file, "findings": findings, "ratable": verdict.ratable}, ensure_ascii=False)


def screened(file: str, data: bytes) -> str:
    """The line of a sound file (WAV, FLAC, OGG, Opus; any rate); Trouble("sound-damaged") where it cannot be read."""
    sound = decode(data)
    return line(file, screen(sound.samples, sound.rate))
