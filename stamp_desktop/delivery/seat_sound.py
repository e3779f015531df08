"""What this seat tells of its sound: values of the recorder as facts of the journal. It judges nothing.

A fact that cannot be written is left out and logged: it must never stand between a test taker and the answer.
"""

import logging
from dataclasses import asdict
from typing import Any

from stamp_desktop.audio.capture import Recorded
from stamp_desktop.audio.condition import LOW_VOLUME, Condition
from stamp_desktop.audio.screening import Finding, Verdict
from stamp_desktop.audio.take import TOLD_DRIFT_MS
from stamp_desktop.delivery.sitting import Sitting
from stamp_desktop.sync.sound import FindingNoticed, MicrophoneChanged, ResponseHeard, SoundFact, noted
from stamp_desktop.trouble import Trouble

log = logging.getLogger(__name__)


def tell(sitting: Sitting, fact: SoundFact) -> None:
    """Write it into the session's journal."""
    try:
        sitting.record(noted(fact))
    except Trouble as trouble:
        log.warning("Not noted (%s): %s", trouble.code, fact)


def noticed(recording: str, finding: Finding, second: float) -> FindingNoticed:
    return FindingNoticed(recording, finding.code, finding.severity, round(second, 2))


def changed(recording: str, condition: Condition) -> MicrophoneChanged:
    return MicrophoneChanged(recording, state_of(condition), condition.name, round(condition.volume, 2))


def judged(prompt: str, recording: str, verdict: Verdict, recorded: Recorded[Any] | None) -> ResponseHeard:
    """`recorded` None: the program was killed, and what it had kept was judged afterwards."""
    if recorded and abs(recorded.drift_ms_per_minute) > TOLD_DRIFT_MS:
        log.warning("The microphone's clock is off by %+.1f ms a minute (%s)", recorded.drift_ms_per_minute, recording)
    return ResponseHeard(
        prompt=prompt,
        recording=recording,
        ratable=verdict.ratable,
        findings=tuple(asdict(finding) for finding in verdict.findings),
        level_dbfs=verdict.level_dbfs,
        noise_dbfs=verdict.noise_dbfs,
        snr_db=verdict.snr_db,
        speech_seconds=verdict.speech_seconds,
        faults=tuple(fault.code for fault in recorded.faults) if recorded else ("killed",),
        lost=recorded.lost if recorded else 0.0,
        drift_ms_per_minute=recorded.drift_ms_per_minute if recorded else 0.0,
    )


def state_of(condition: Condition) -> str:
    """One word: the worst of what holds."""
    known = (
        (condition.permission == "denied", "denied"),
        (condition.monitor or not condition.chosen, "moved"),
        (condition.muted, "muted"),
        (condition.suspended, "suspended"),
        (condition.volume < LOW_VOLUME, "low"),
    )
    return next((word for holds, word in known if holds), "ok")
