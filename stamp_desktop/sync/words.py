"""How the words of the wire are written: canonical JSON, base64url, hashes, ids, signatures, refusals. It knows no message."""

import base64
import binascii
import json
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from stamp_desktop.content.plain import canonical, plain, record
from stamp_desktop.storage.vault import signed_by
from stamp_desktop.trouble import Trouble

T = TypeVar("T")
_IDS = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,79}")


@dataclass(frozen=True, slots=True)
class Signed:
    """`text` is JSON exactly as it was signed; `signature` is Ed25519 over its UTF-8, base64url."""

    text: str
    signature: str


UNSIGNED = Signed("", "")


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a call was refused: a stable code, three sentences for people, and facts for the program in `more`."""

    code: str
    what: str
    meaning: str
    todo: str
    more: Mapping[str, object] = field(default_factory=dict)

    def encode(self) -> bytes:
        return canonical({**self.more, "code": self.code, "what": self.what, "meaning": self.meaning, "todo": self.todo})

    @classmethod
    def decode(cls, raw: bytes) -> "Refusal":
        """Trouble `words-unknown` when it is none."""
        try:
            facts = json.loads(raw)
            said = [facts.pop(name) for name in ("code", "what", "meaning", "todo")]
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            raise misread("a refusal") from None
        if not all(isinstance(word, str) for word in said):
            raise misread("a refusal")
        code, what, meaning, todo = said
        return cls(code, what, meaning, todo, facts)


def encode(kind: type[T], value: T) -> bytes:
    """The record as canonical JSON."""
    return canonical(plain(kind, value))


def decode(kind: type[T], raw: bytes) -> T:
    """The record of these bytes; Trouble `words-unknown` when they are not exactly one."""
    try:
        return record(kind, json.loads(raw))
    except (ValueError, RecursionError):
        raise misread(kind.__name__) from None


def b64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def unb64(text: str) -> bytes:
    """Trouble `words-unknown` when the text is not canonical base64url."""
    try:
        raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise misread("base64url") from None
    if b64(raw) != text:
        raise misread("base64url")
    return raw


def unhex(text: str) -> bytes:
    """The 32 bytes of a hash; Trouble `words-unknown`."""
    if not re.fullmatch(r"[0-9a-f]{64}", text):
        raise misread("a hash")
    return bytes.fromhex(text)


def checked_id(text: str) -> str:
    """An id that may become the name of a file; Trouble `words-unknown`."""
    if not _IDS.fullmatch(text):
        raise misread("an id")
    return text


def verified(kind: type[T], signed: Signed, *keys: bytes) -> T:
    """The record that one of these Ed25519 keys (32 bytes each) has signed; Trouble `words-unknown`."""
    try:
        good = signed_by(keys, signed.text.encode(), unb64(signed.signature))
    except ValueError:
        good = False
    if not good:
        raise misread("a signature")
    return decode(kind, signed.text.encode())


def fold(text: str) -> str:
    """Login names and test codes are compared without case, outer blanks and differences of composition (NFC)."""
    # folded in the decomposed form, or an iota below a Greek letter would depend on the order of its marks (Unicode 3.13, D145)
    return unicodedata.normalize("NFC", unicodedata.normalize("NFD", text).strip().casefold())


def misread(what: str) -> Trouble:
    return Trouble(
        "words-unknown",
        f"A message between this computer and the server is not understood ({what}).",
        "Nothing was changed by it.",
        "Bring both programs to the same version.",
    )
