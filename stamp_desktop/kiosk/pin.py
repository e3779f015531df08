"""The proctor's PIN: kept as scrypt's result, with a back-off that outlives a restart; and the way round a lost one.

For a lost PIN the lock screen shows a challenge; the organization, by telephone, answers it with a key that never comes here.
"""

import base64
import hashlib
import hmac
import json
import secrets
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Final

from stamp_desktop.storage.durable import make_folder, write_whole
from stamp_desktop.trouble import Trouble

COST: Final = {"n": 2**14, "r": 8, "p": 1}
"""scrypt with 16 MB (RFC 7914): 50 ms a try, a day for all PINs of six digits where somebody has stolen the file."""

FREE_TRIES: Final = 3
FIRST_WAIT_MS: Final = 5_000
LONGEST_WAIT_MS: Final = 300_000
LEAST_DIGITS: Final = 4
CHALLENGE_LETTERS: Final = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
CHALLENGE_LENGTH: Final = 10
ANSWER_DIGITS: Final = 10
CHALLENGE_MS: Final = 30 * 60_000


@dataclass(frozen=True, slots=True)
class Tries:
    """Wrong entries since the last right one, and when the last was (Unix ms)."""

    wrong: int = 0
    last_ms: int = 0

    def wait_ms(self, now_ms: int) -> int:
        """How long nothing is taken yet. A clock that was set back does not shorten it, nor lengthen it beyond the step."""
        if self.wrong < FREE_TRIES:
            return 0
        step: int = min(FIRST_WAIT_MS * 2 ** (self.wrong - FREE_TRIES), LONGEST_WAIT_MS)
        return min(step, max(0, self.last_ms + step - now_ms))

    def failed(self, now_ms: int) -> "Tries":
        return replace(self, wrong=self.wrong + 1, last_ms=now_ms)


@dataclass(frozen=True, slots=True)
class Challenge:
    """Shown once; `code` is read out to the organization."""

    code: str
    made_ms: int


class PinBook:
    """The file with the PIN's hash, this station's recovery key and the tries."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._challenge: Challenge | None = None

    def set(self, pin: str, station_key: bytes | None = None) -> None:
        """Take a new PIN; the recovery key stays unless another one is given. Trouble `pin-weak`."""
        if len(pin) < LEAST_DIGITS or not (pin.isascii() and pin.isdigit()) or len(set(pin)) == 1:
            raise Trouble(
                "pin-weak",
                f"A PIN has at least {LEAST_DIGITS} digits, not all the same.",
                "The PIN was not changed.",
                "Six digits are good.",
            )
        salt = secrets.token_bytes(16)
        facts = self._facts()
        key = station_key.hex() if station_key else facts.get("recovery", "")
        self._write({"salt": salt.hex(), "hash": _scrypt(pin, salt).hex(), "recovery": key, "tries": asdict(Tries())})

    @property
    def known(self) -> bool:
        """Whether a PIN has been set."""
        return bool(self._facts().get("hash"))

    @property
    def recoverable(self) -> bool:
        """Whether a lost PIN can be answered for."""
        return bool(self._facts().get("recovery"))

    def tries(self) -> Tries:
        return Tries(**self._facts().get("tries", {}))

    def enter(self, pin: str, now_ms: int) -> bool:
        """Whether it is right. While there is a wait every PIN is refused, without a look at it."""
        facts, tries = self._facts(), self.tries()
        if not facts.get("hash") or tries.wait_ms(now_ms):
            return False
        self._note(tries.failed(now_ms))  # first: a kill before the answer must not give a free try
        right = hmac.compare_digest(_scrypt(pin, bytes.fromhex(facts["salt"])), bytes.fromhex(facts["hash"]))
        if right:
            self._note(Tries())
        return right

    def challenge(self, now_ms: int) -> str:
        """A code to read out; "" where this station has no recovery key. An earlier one does not count any more."""
        if not self.recoverable:
            return ""
        code = "".join(secrets.choice(CHALLENGE_LETTERS) for _ in range(CHALLENGE_LENGTH))
        self._challenge = Challenge(code, now_ms)
        return code

    def answered(self, answer: str, now_ms: int) -> bool:
        """Whether it answers the challenge that is shown. Wrong answers count as wrong PINs; a right one ends the challenge."""
        tries, shown = self.tries(), self._challenge
        if shown is None or tries.wait_ms(now_ms) or not 0 <= now_ms - shown.made_ms <= CHALLENGE_MS:
            return False
        self._note(tries.failed(now_ms))
        digits = "".join(letter for letter in answer if letter.isdigit())
        right = hmac.compare_digest(digits, answer_to(shown.code, bytes.fromhex(self._facts()["recovery"])))
        if right:
            self._challenge = None
            self._note(Tries())
        return right

    def _note(self, tries: Tries) -> None:
        self._write({**self._facts(), "tries": asdict(tries)})

    def _facts(self) -> dict[str, Any]:
        return dict(json.loads(self._path.read_bytes())) if self._path.exists() else {}

    def _write(self, facts: dict[str, Any]) -> None:
        make_folder(self._path.parent)
        write_whole(self._path, json.dumps(facts).encode())


def station_key(organization_key: bytes, station: str) -> bytes:
    """The recovery key of one station: who takes it from there cannot answer for another."""
    return hmac.digest(organization_key, b"stamp kiosk recovery " + station.encode(), "sha256")


def answer_to(code: str, key: bytes) -> str:
    """The digits that the organization reads out for a challenge."""
    digest = hmac.digest(key, code.encode(), "sha256")
    return str(int.from_bytes(digest[:8], "big") % 10**ANSWER_DIGITS).zfill(ANSWER_DIGITS)


def new_organization_key() -> str:
    """To be kept by the organization, away from the stations."""
    return base64.b32encode(secrets.token_bytes(20)).decode()


def organization_key(text: str) -> bytes:
    """Trouble `key-wrong` when it is none."""
    try:
        return base64.b32decode(text.strip().upper())
    except ValueError:
        raise Trouble(
            "key-wrong", "That is no recovery key.", "", "It is the line that `stamp-desktop kiosk key` printed."
        ) from None


def _scrypt(pin: str, salt: bytes) -> bytes:
    return hashlib.scrypt(pin.encode(), salt=salt, dklen=32, **COST)
