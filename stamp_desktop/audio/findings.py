"""What can be found in a recording: codes, severity, spans, verdict. Part of the file formats and the protocol."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

Code: TypeAlias = Literal[
    "no_signal",
    "no_response",
    "too_quiet",
    "clipping",
    "hum",
    "static",
    "loud_background",
    "background_speech",
    "whisper",
    "too_short",
    "dropouts",
]
Severity: TypeAlias = Literal["advice", "likely_nr"]
Ratable: TypeAlias = Literal["yes", "doubtful", "no"]
Cause: TypeAlias = Literal[
    "",
    "zeros",  # no_signal: digital silence: a mute switch, or no permission
    "faint",  # no_signal: a device that is alive and hears nothing: the wrong one, or turned down to nothing
    "stopped",  # no_signal: there was sound before
    "gain",  # too_quiet: the room is as low as the voice
    "distance",  # too_quiet: the room is as loud as ever
    "loop",  # hum: few lines
    "charger",  # hum: a buzz of many lines
    "hiss",
    "crackle",
    "alarm",  # loud_background: tones that stay
    "steady",  # loud_background: a machine
]
"""Why it is so, where the sound tells; "" where it does not."""

Span: TypeAlias = tuple[float, float]

CODES: tuple[Code, ...] = (
    "no_signal",
    "no_response",
    "dropouts",
    "too_quiet",
    "whisper",
    "hum",
    "static",
    "clipping",
    "loud_background",
    "background_speech",
    "too_short",
)
"""All findings, the one to tell first at the front: without a signal, nothing else is worth a word."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What is wrong with the sound: how bad, how sure (0-1), which seconds of it, and why where that can be told."""

    code: Code
    severity: Severity
    confidence: float
    spans: tuple[Span, ...]
    cause: Cause = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """The judgement of a whole recording, findings worst first. `level_dbfs` is the P.56 active level of what was said."""

    findings: tuple[Finding, ...]
    ratable: Ratable
    level_dbfs: float
    noise_dbfs: float
    snr_db: float
    speech_seconds: float
