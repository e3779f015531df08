"""What a station signs of its requests, and what keys are sealed for."""

import hashlib
import re

from stamp_desktop.sync.words import b64, misread, unb64

SCHEME = "Stamp1"
TOLERANCE_MS = 5 * 60_000
"""How far a request's time may be from the server's: a recorded request is useless after that; all calls may be repeated."""


def to_sign(method: str, target: str, at_ms: int, body: bytes) -> bytes:
    """What a station signs of a request; `target` is path and query exactly as they are sent."""
    return to_sign_of(method, target, at_ms, hashlib.sha256(body).hexdigest())


def to_sign_of(method: str, target: str, at_ms: int, sha256: str) -> bytes:
    """The same of a body that has this SHA-256 (hex)."""
    return f"stamp-request-v1\n{method}\n{target}\n{at_ms}\n{sha256}".encode()


def authorization(device: str, at_ms: int, signature: bytes) -> str:
    """The value of the Authorization header."""
    return f"{SCHEME} device={device}, ts={at_ms}, sig={b64(signature)}"


def read_authorization(value: str) -> tuple[str, int, bytes]:
    """Device, time and signature of an Authorization header; Trouble `words-unknown`."""
    found = re.fullmatch(rf"{SCHEME} device=([\w-]{{1,80}}), ts=(\d{{1,15}}), sig=([\w-]{{86}})", value, re.ASCII)
    if not found:
        raise misread("an authorization")
    return found[1], int(found[2]), unb64(found[3])


def keys_purpose(device: str, package_hash: str) -> str:
    """What package keys are sealed for: this device and this package, nothing else."""
    return f"stamp-package-keys-1 {device} {package_hash}"


def move_purpose(device: str, session: str) -> str:
    """What a session's key is sealed for when it goes to another computer."""
    return f"stamp-session-move-1 {device} {session}"
