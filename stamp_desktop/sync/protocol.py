"""The wire's words, shared by both ends: paths, records, what is signed. It moves nothing and stores nothing.

Version 1, see docs/protocol.md. A record is a JSON object with exactly its fields (`encode`, `decode`). Times are Unix
milliseconds, hashes lower-case hex, other bytes base64url without padding (`b64`, `unb64`).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from stamp_desktop.storage.chain import Row
from stamp_desktop.sync.words import UNSIGNED, Signed, b64, unb64, unhex

RosterControl: TypeAlias = Literal["open", "closed", "self_enrol"]
PREFIX = "/v1"
LARGEST_BODY = 2 * 2**20
LARGEST_PIECE = 2**20
LARGEST_RECORDING = 256 * 2**20
LARGEST_BUNDLE = 2 * 2**30
MOST_EVENTS = 500
KEYS_EARLY_MS = 24 * 3_600_000
"""Keys are given from a day before the window opens: a room is prepared the day before."""
TUS = "1.0.0"
REFUSAL_HEADER = "Stamp-Refusal"
"""Where the refusal of a HEAD request stands (base64url), which has no body."""
OUTCOME = "outcome"
"""The `Noted` event by which a station states the outcome that it worked out, as the detail; the server compares."""


@dataclass(frozen=True, slots=True)
class Group:
    """A testing group as a station knows it. Times are Unix milliseconds; the window is [opens_ms, ends_ms)."""

    id: str
    name: str
    school: str
    organization: str
    language: str
    assessment: str
    package_id: str
    package_version: str
    package_hash: str
    test_code: str
    opens_ms: int
    ends_ms: int
    seats: int
    roster_control: RosterControl


@dataclass(frozen=True, slots=True)
class RosterEntry:
    """A test taker on a group's roster."""

    group: str
    login: str
    first: str
    last: str
    accommodations: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Gone:
    """A test taker who was taken off a group's roster."""

    group: str
    login: str


@dataclass(frozen=True, slots=True)
class Roster:
    """What changed since the cursor that was asked for. There is no more when all three are empty."""

    cursor: str
    groups: tuple[Group, ...]
    entries: tuple[RosterEntry, ...]
    gone: tuple[Gone, ...]


@dataclass(frozen=True, slots=True)
class Enrol:
    """`signing_key` (Ed25519) and `sealing_key` (X25519) are the station's public keys, base64url. `hub`: it is to be a hub."""

    code: str
    name: str
    signing_key: str
    sealing_key: str
    hub: bool = False


@dataclass(frozen=True, slots=True)
class Certificate:
    """What the server signs of a device."""

    kind: Literal["stamp-certificate-1"]
    device: str
    organization: str
    name: str
    signing_key: str
    issued_ms: int


@dataclass(frozen=True, slots=True)
class Delegation:
    """What the server signs of a room's hub: it may take in sessions of this organization, and enrol computers for it."""

    kind: Literal["stamp-hub-1"]
    hub: str
    organization: str
    name: str
    signing_key: str
    issued_ms: int


@dataclass(frozen=True, slots=True)
class Proof:
    """What a hub signs to show that the delegation is its own. `nonce` is the station's."""

    kind: Literal["stamp-hub-proof-1"]
    hub: str
    nonce: str


@dataclass(frozen=True, slots=True)
class Introduction:
    """Who a hub is: the server's word for it, and its own answer to a nonce."""

    delegation: Signed
    proof: Signed


@dataclass(frozen=True, slots=True)
class Enrolled:
    """The answer to Enrol. `server_signing_key` (Ed25519) and `server_sealing_key` (X25519) are pinned by the station.

    They are the server's also where a hub enrols; `delegation` then says that it may. It has no text where the server enrols a
    station, and is the hub's own where it enrols a hub.
    """

    device: str
    certificate: Signed
    delegation: Signed
    server: str
    server_signing_key: str
    server_sealing_key: str
    server_ms: int


@dataclass(frozen=True, slots=True)
class Succession:
    """What a server's former signing key signs of its new keys. Keys are base64url."""

    kind: Literal["stamp-succession-1"]
    server: str
    former_signing_key: str
    signing_key: str
    sealing_key: str
    issued_ms: int


@dataclass(frozen=True, slots=True)
class ServerKeys:
    """How the server's keys came about: `announced` are signed Successions, oldest first; none before a first change."""

    server: str
    announced: tuple[Signed, ...]


@dataclass(frozen=True, slots=True)
class SealedKeys:
    """A package's content key and answer key (32 bytes each, in this order), HPKE-sealed to the station; base64url."""

    package_id: str
    package_version: str
    package_hash: str
    sealed: str


@dataclass(frozen=True, slots=True)
class KnownDevice:
    """A computer of the organization, as a hub has to know it. Keys base64url."""

    id: str
    name: str
    signing_key: str
    sealing_key: str
    certificate: Signed
    enrolled_ms: int
    revoked: bool


@dataclass(frozen=True, slots=True)
class KnownDevices:
    """Computers in the order of their ids, behind the one that was asked for; the last part is empty."""

    devices: tuple[KnownDevice, ...]


@dataclass(frozen=True, slots=True)
class SessionBegin:
    """A copy of a session on one computer. `wrapped_key`: the session's key, HPKE-sealed to the server, base64url."""

    group: str
    login: str
    device: str
    epoch: str
    wrapped_key: str
    created_ms: int


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a signed receipt says. `outcome_sha256` is of the outcome that the server worked out; "" where it could not."""

    kind: Literal["stamp-receipt-1"]
    number: str
    session: str
    events: int
    head: str
    recordings: tuple[str, ...]
    outcome_sha256: str
    received_ms: int


@dataclass(frozen=True, slots=True)
class SessionState:
    """How far a session is at the server, along its first line of events; `receipt` is the latest, or has no text.

    `moved`: the copy that asks was handed on, and another one goes on with the test.
    """

    state: Literal["open", "sealed"]
    acked_through: int
    head: str
    forked: bool
    moved: bool
    receipt: Signed


@dataclass(frozen=True, slots=True)
class WireEvent:
    """A row of the journal: `body` sealed, base64url; hashes in hex; `item` has one element, or none."""

    seq: int
    id: str
    kind: str
    item: tuple[str, ...]
    wall_ms: int
    mono_ms: int
    boot: str
    body: str
    prev_hash: str
    hash: str


@dataclass(frozen=True, slots=True)
class Events:
    """Rows that follow each other, from `first_seq`; `head` is the hash of the last."""

    epoch: str
    first_seq: int
    prev_hash: str
    events: tuple[WireEvent, ...]
    head: str


@dataclass(frozen=True, slots=True)
class Acked:
    """Every row of this line up to `acked_through` is durable at the server. `fork`: it left the session's first line.

    `moved` as in SessionState.
    """

    acked_through: int
    head: str
    fork: bool
    moved: bool


@dataclass(frozen=True, slots=True)
class SealedRecording:
    """A recording as it lies on the station's disk."""

    id: str
    sha256: str
    bytes: int


@dataclass(frozen=True, slots=True)
class Seal:
    """All that belongs to a finished session. `former` is a receipt for it that this server gave before it was set back."""

    epoch: str
    events: int
    head: str
    recordings: tuple[SealedRecording, ...]
    former: Signed = UNSIGNED


@dataclass(frozen=True, slots=True)
class HeldRecording:
    """A recording that the receiver has whole."""

    id: str
    sha256: str
    bytes: int


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """A session that was begun at another computer, for one that wants to go on with it.

    `sealed_key`: the session's key, HPKE-sealed to the asking computer; `events` and `head` of the first line.
    """

    group: str
    login: str
    created_ms: int
    wrapped_key: str
    sealed_key: str
    events: int
    head: str
    recordings: tuple[HeldRecording, ...]


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows of a session's first line, in order; none behind the last."""

    events: tuple[WireEvent, ...]


@dataclass(frozen=True, slots=True)
class TakeOver:
    """The copy with this epoch goes on behind this event, and no other does any more."""

    epoch: str
    events: int
    head: str


@dataclass(frozen=True, slots=True)
class KeyWish:
    """A hub asks for a session's key to be sealed to a computer of the room."""

    session: str
    wrapped_key: str
    device: str


@dataclass(frozen=True, slots=True)
class SealedKey:
    """A session's key, HPKE-sealed to one computer; base64url."""

    sealed: str


@dataclass(frozen=True, slots=True)
class Imported:
    """What was taken from a bundle. `receipt` has no text where the test goes on, or its receipt comes later."""

    session: str
    login: str
    events: int
    recordings: int
    fork: bool
    receipt: Signed


@dataclass(frozen=True, slots=True)
class Health:
    """`protocol` is the version of this page's words."""

    status: Literal["ok"]
    protocol: int
    server: str
    server_ms: int


def wire_event(row: Row) -> WireEvent:
    """The row as it travels."""
    return WireEvent(
        row.seq,
        row.id,
        row.kind,
        () if row.item is None else (row.item,),
        row.wall_ms,
        row.mono_ms,
        row.boot,
        b64(row.body),
        row.prev_hash.hex(),
        row.hash.hex(),
    )


def row_of(event: WireEvent) -> Row:
    """The row that travelled; Trouble `words-unknown`."""
    return Row(
        event.seq,
        event.id,
        event.kind,
        event.item[0] if event.item else None,
        event.wall_ms,
        event.mono_ms,
        event.boot,
        unb64(event.body),
        unhex(event.prev_hash),
        unhex(event.hash),
    )
