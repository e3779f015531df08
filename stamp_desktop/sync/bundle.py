"""A session in one file, to be carried by hand: journal, recordings, who made it. The same words as on the wire.

A ZIP, stored: `bundle.json` says what has to be in it, with sizes and hashes, and `bundle.sig` is its signature by the device's
own key. It refuses a file that is not whole, and holds no key that opens the session (but see `locked`).
"""

import errno
import hashlib
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Literal, Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from stamp_desktop.storage import chain, vault
from stamp_desktop.storage.chain import GENESIS, Row
from stamp_desktop.storage.durable import disk_troubles, sync_file, sync_folder
from stamp_desktop.storage.folders import SessionFolder
from stamp_desktop.storage.reader import About, JournalReader, Recording
from stamp_desktop.storage.recordings import part_of, sha256_of
from stamp_desktop.storage.station import Device
from stamp_desktop.storage.vault import SessionKey
from stamp_desktop.sync.protocol import LARGEST_RECORDING, WireEvent, row_of, wire_event
from stamp_desktop.sync.words import Signed, b64, checked_id, decode, encode, unb64
from stamp_desktop.trouble import Trouble

MANIFEST, SIGNATURE, EVENTS = "bundle.json", "bundle.sig", "events.jsonl"
LARGEST_MANIFEST = 4 * 2**20
LARGEST_EVENTS = 256 * 2**20
BLOCK = 2**20
SCRYPT_COST = 2**15
"""For codes of 79 random bits; the cost is there for codes that people choose to shorten."""


@dataclass(frozen=True, slots=True)
class Part:
    """A member of the file."""

    name: str
    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Carried:
    """A recording as the journal knows it; `ended_seq` 0 while it is open, `sha256` "" where nothing was kept."""

    id: str
    item: tuple[str, ...]
    begun_seq: int
    ended_seq: int
    sha256: str
    bytes: int
    frames: int
    samples: int
    rate: int
    salvaged: bool


@dataclass(frozen=True, slots=True)
class Manifest:
    """What is in the file. `locked`: the session's key under a code, salt before it, base64url; "" where it is not there."""

    kind: Literal["stamp-bundle-1"]
    session: str
    group: str
    login: str
    epoch: str
    wrapped_key: str
    created_ms: int
    device: str
    certificate: Signed
    events: int
    head: str
    finished: bool
    recordings: tuple[Carried, ...]
    parts: tuple[Part, ...]
    locked: str
    made_ms: int


@dataclass(frozen=True, slots=True)
class Origin:
    """Whose session it is, and which computer makes the bundle with which key."""

    device: Device
    signing: Ed25519PrivateKey
    group: str
    login: str


def write(
    path: Path,
    journal: JournalReader,
    folder: SessionFolder,
    origin: Origin,
    now_ms: int,
    *,
    finished: bool,
    locked: str = "",
) -> Manifest:
    """Write the session to `path`, read it back whole, and only then give it its name.

    Trouble `recording-missing`, `recording-changed` (nothing is written), `disk-full`, `disk-error`, `bundle-damaged`.
    """
    about, rows = journal.about, journal.rows()
    events = b"".join(encode(WireEvent, wire_event(row)) + b"\n" for row in rows)
    head = rows[-1].seq if rows else 0
    known = [each for each in journal.recordings() if each.begun_seq <= head]
    parts, sources = [Part(EVENTS, len(events), hashlib.sha256(events).hexdigest())], dict[str, Path]()
    with disk_troubles():
        for recording in known:
            if source := _file(folder, recording, head):
                name = f"recordings/{source.name}"
                parts.append(Part(name, source.stat().st_size, sha256_of(source)))
                sources[name] = source
                if recording.sha256 and source.suffix == ".rec" and parts[-1].sha256 != recording.sha256:
                    raise _unsound("recording-changed", "is not as it was saved")
        manifest = Manifest(
            kind="stamp-bundle-1",
            session=about.session,
            group=origin.group,
            login=origin.login,
            epoch=about.epoch,
            wrapped_key=b64(about.wrapped_key),
            created_ms=about.created_ms,
            device=origin.device.id,
            certificate=decode(Signed, origin.device.certificate),
            events=head,
            head=(rows[-1].hash if rows else GENESIS).hex(),
            finished=finished,
            recordings=tuple(_carried(each, head) for each in known),
            parts=tuple(parts),
            locked=locked,
            made_ms=now_ms,
        )
        said = encode(Manifest, manifest)
        new = path.with_name(path.name + ".new")
        with zipfile.ZipFile(new, "w", zipfile.ZIP_STORED) as file:
            file.writestr(MANIFEST, said)
            file.writestr(SIGNATURE, origin.signing.sign(_to_sign(said)))
            file.writestr(EVENTS, events)
            for name, source in sources.items():
                file.write(source, name)
        with new.open("rb+") as written:
            sync_file(written.fileno())
        with opened(new) as bundle:
            bundle.check(origin.signing.public_key())
        new.replace(path)
        sync_folder(path.parent)
    return manifest


class Bundle:
    """A bundle that was opened. Use `opened`; `check` before anything else is believed."""

    def __init__(self, file: zipfile.ZipFile) -> None:
        self._file = file
        self._said = self._small(MANIFEST, LARGEST_MANIFEST)
        self._signature = self._small(SIGNATURE, 64)
        try:
            self.manifest = decode(Manifest, self._said)
        except Trouble:
            raise _damaged("its list of contents is not readable") from None
        for name in (self.manifest.session, self.manifest.epoch, *(each.id for each in self.manifest.recordings)):
            checked_id(name)

    def __enter__(self) -> Self:
        return self

    def check(self, signing: Ed25519PublicKey) -> None:
        """Everything is here and as it was written, by the device with this key. Trouble `bundle-damaged`, `bundle-other`."""
        try:
            signing.verify(self._signature, _to_sign(self._said))
        except InvalidSignature:
            raise _damaged("its signature is not the computer's", "bundle-other") from None
        self.check_contents()

    def check_contents(self) -> None:
        """Everything is here and as it is listed; who listed it, opening the events with the session's key tells."""
        listed = {MANIFEST, SIGNATURE, *(part.name for part in self.manifest.parts)}
        if set(self._file.namelist()) != listed or len(self._file.namelist()) != len(listed):
            raise _damaged("its contents are not those that it lists")
        for part in self.manifest.parts:
            digest = hashlib.sha256()
            for piece in self.pieces(part.name):
                digest.update(piece)
            if digest.hexdigest() != part.sha256:
                raise _damaged(f"{part.name} was changed")
        for carried in self.manifest.recordings:
            kept = self.part(carried.id)
            if carried.sha256 and (kept is None or (kept.sha256, kept.bytes) != (carried.sha256, carried.bytes)):
                raise _damaged(f"the recording {carried.id} is not there")
        rows = self.rows()
        last = rows[-1].hash.hex() if rows else GENESIS.hex()
        if chain.check(self.manifest.session, rows) or (len(rows), last) != (self.manifest.events, self.manifest.head):
            raise _damaged("its events are not those of the test")

    def rows(self) -> list[Row]:
        """The journal."""
        try:
            lines = b"".join(self.pieces(EVENTS)).splitlines()
            return [row_of(decode(WireEvent, line)) for line in lines]
        except Trouble as trouble:
            raise _damaged("its events are not readable") from trouble

    def part(self, recording: str) -> Part | None:
        """The finished recording's member."""
        return next((part for part in self.manifest.parts if part.name == f"recordings/{recording}.rec"), None)

    def growing(self) -> list[tuple[str, Part]]:
        """Recordings that were cut off: id and member."""
        names = {f"recordings/{each.id}.rec.part": each.id for each in self.manifest.recordings}
        return [(names[part.name], part) for part in self.manifest.parts if part.name in names]

    def pieces(self, name: str, start: int = 0, size: int = BLOCK) -> Iterator[bytes]:
        """A member from `start` on, `size` bytes at a time; Trouble `bundle-damaged`."""
        with self._reading(name) as member:
            member.seek(start)
            while piece := member.read(size):
                yield piece

    def _small(self, name: str, most: int) -> bytes:
        with self._reading(name) as member:
            content = member.read(most + 1)
        if len(content) > most:
            raise _damaged(f"{name} is too large")
        return content

    @contextmanager
    def _reading(self, name: str) -> Iterator[IO[bytes]]:
        try:
            info = self._file.getinfo(name)
            most = LARGEST_EVENTS if name == EVENTS else LARGEST_RECORDING
            if info.compress_type != zipfile.ZIP_STORED or info.file_size > most:
                raise _damaged(f"{name} is not as a bundle has it")
            with self._file.open(info) as member:
                yield member
        except (KeyError, zipfile.BadZipFile, EOFError, NotImplementedError, RuntimeError) as error:
            raise _damaged(f"{name}: {error}") from error
        except OSError as error:
            if error.errno != errno.EINVAL:
                raise
            raise _damaged(f"{name}: it points outside of the file") from error


@contextmanager
def opened(path: Path) -> Iterator[Bundle]:
    """A bundle to read from. Trouble `bundle-damaged` (also when its end is missing), `words-unknown`, `disk-error`."""
    with disk_troubles():
        try:
            file = zipfile.ZipFile(path)
        except (zipfile.BadZipFile, NotImplementedError, ValueError) as error:
            raise _damaged(f"it is no bundle, or its end is missing ({error})") from error
        with file:
            yield Bundle(file)


def lock(key: SessionKey, session: str, code: str, salt: bytes) -> str:
    """The session's key under a code that is told apart from the file. `salt` has 16 random bytes."""
    return b64(salt + vault.seal(_stretched(code, salt), key.raw, vault.place(session, "bundle-key", 0)))


def unlock(manifest: Manifest, code: str) -> SessionKey:
    """The session's key. Trouble `bundle-locked` (it was not put in), `code-wrong`."""
    if not manifest.locked:
        raise Trouble(
            "bundle-locked",
            "This file was made for the server, not for another computer.",
            "Nothing was changed.",
            "Carry it again with --move, or import it at the server.",
        )
    raw = unb64(manifest.locked)
    try:
        opener = _stretched(code, raw[:16])
        return SessionKey(vault.open_sealed(opener, raw[16:], vault.place(manifest.session, "bundle-key", 0)))
    except Trouble:
        raise Trouble(
            "code-wrong", "This is not the code of this file.", "Nothing was changed.", "Check each letter."
        ) from None


def recordings_of(manifest: Manifest) -> Sequence[Recording]:
    """The recordings as a journal keeps them; nobody has received any."""
    return [
        Recording(
            id=each.id,
            item=each.item[0] if each.item else None,
            begun_seq=each.begun_seq,
            ended_seq=each.ended_seq or None,
            sha256=each.sha256 or None,
            bytes=each.bytes if each.sha256 else None,
            frames=each.frames if each.sha256 else None,
            samples=each.samples if each.sha256 else None,
            rate=each.rate if each.sha256 else None,
            upload="",
            salvaged=each.salvaged,
            received=False,
        )
        for each in manifest.recordings
    ]


def about_of(manifest: Manifest, epoch: str) -> About:
    """The same session as a new copy."""
    return About(manifest.session, epoch, unb64(manifest.wrapped_key), manifest.created_ms)


def _stretched(code: str, salt: bytes) -> bytes:
    folded = "".join(letter for letter in code.upper() if letter.isalnum())
    return Scrypt(salt=salt, length=32, n=SCRYPT_COST, r=8, p=1).derive(folded.encode())


def _file(folder: SessionFolder, recording: Recording, head: int) -> Path | None:
    """What lies on the disk of a recording: the finished file, or the one that grows."""
    path = folder.recording(recording.id)
    if recording.sha256 and recording.ended_seq and recording.ended_seq <= head:
        if not path.exists():
            raise _unsound("recording-missing", "is missing")
        return path
    growing = recording.ended_seq is None and part_of(path).exists()
    return part_of(path) if growing else None


def _carried(recording: Recording, head: int) -> Carried:
    ended = recording.ended_seq if recording.ended_seq and recording.ended_seq <= head else 0
    kept = recording.sha256 if ended and recording.sha256 else ""
    return Carried(
        id=recording.id,
        item=(recording.item,) if recording.item is not None else (),
        begun_seq=recording.begun_seq,
        ended_seq=ended,
        sha256=kept,
        bytes=recording.bytes or 0,
        frames=recording.frames or 0,
        samples=recording.samples or 0,
        rate=recording.rate or 0,
        salvaged=recording.salvaged,
    )


def _to_sign(said: bytes) -> bytes:
    return b"stamp-bundle-1\n" + said


def _unsound(code: str, how: str) -> Trouble:
    return Trouble(
        code,
        f"A recording on this computer {how}.",
        "The file was not written. The other answers can be sent over the network.",
        "Tell your coordinator: the answer may have to be recorded again.",
    )


def _damaged(detail: str, code: str = "bundle-damaged") -> Trouble:
    return Trouble(
        code,
        f"This file is not a whole bundle of a test: {detail}.",
        "Nothing of it was taken. The test is still on the computer that it came from.",
        "Copy it again, on another stick if it happens again.",
    )
