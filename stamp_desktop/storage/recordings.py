"""A recording at rest: sealed frames of at most one second, each on the disk before the next. It leaves sound to `packing`.

Format 2, integers big-endian:
  header  "STAMPREC", version (1 byte), rate in Hz (4), length of session id (2), of recording id (2), both in UTF-8
  frame   final (1 byte, 0 or 1), packing (1), samples (4), length of what follows (4), nonce (12), ciphertext, tag (16)
The plain text of a frame is int16 little-endian mono PCM (packing 0), the same as a FLAC stream of its own (1), or all of a
recording as one Ogg Opus file (2). The last frame is final and empty: it says that nothing is cut off. Associated data:
`vault.place(session, "recording", frame number from 0, final, clear=fields(recording, rate, packing, samples))`.

Format 1, which is read and finished but not begun any more, is the same without packing and samples; all is PCM.

While it grows the file is called `.part`. The finished file is uploaded as it is; its SHA-256 needs no key.
"""

import hashlib
import os
import shutil
import struct
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from stamp_desktop.storage import packing, vault
from stamp_desktop.storage.durable import disk_trouble, disk_troubles, sync_file, sync_folder, write_all
from stamp_desktop.storage.packing import OPUS, PACKINGS, PCM, SAMPLE
from stamp_desktop.storage.reserve import Reserve
from stamp_desktop.storage.vault import SessionKey, fields, place
from stamp_desktop.trouble import Trouble

MAGIC = b"STAMPREC"
HEADER = struct.Struct(">8sBIHH")
FRAME, FRAME_1 = struct.Struct(">BBII"), struct.Struct(">BI")
OVERHEAD = vault.NONCE + vault.TAG
NEWEST = 2
MOST_FRAMES = 300  # seconds of the longest recording: where a moved frame may have come from
CUT, NO_FURTHER = "is cut off", ", what follows cannot be told apart"
FLAGS = os.O_RDWR | getattr(os, "O_BINARY", 0)


@dataclass(frozen=True, slots=True)
class Finished:
    """A whole recording: SHA-256 (hex) and size of the file as it lies on the disk, frames, samples, rate in Hz."""

    sha256: str
    bytes: int
    frames: int
    samples: int
    rate: int


@dataclass(frozen=True, slots=True)
class Heading:
    """What stands in the clear at the start of the file; `size` in bytes."""

    session: str
    recording: str
    rate: int
    size: int
    version: int = NEWEST


@dataclass(frozen=True, slots=True)
class Head:
    """What stands in the clear before a frame; its sealed content lies from `body` to `end`."""

    final: bool
    packing: int
    samples: int
    body: int
    end: int

    def place(self, heading: Heading, number: int) -> bytes:
        """The associated data of the frame as number so-and-so."""
        more = (self.packing, self.samples) if heading.version > 1 else ()
        clear = fields(heading.recording, heading.rate, *more)
        return place(heading.session, "recording", number, final=self.final, clear=clear)


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame that opened. `end` is the offset behind it."""

    number: int
    final: bool
    pcm: bytes
    end: int


class RecordingFile:
    """A recording that grows. One thread. After an error of the disk only `finish` and `close` make sense.

    `write_frame` and `finish` raise Trouble `disk-full` (the frame is not kept, the ones before are, and writing may go on
    once there is room) or `disk-error` (nothing more is written; `salvage` keeps what is whole).
    """

    def __init__(
        self,
        path: Path,
        key: SessionKey,
        heading: Heading,
        descriptor: int,
        frames: int,
        samples: int,
        reserve: Reserve | None = None,
    ) -> None:
        """Use `create`."""
        self._reserve = reserve
        self._path = path
        self._key = key
        self._heading = heading
        self._descriptor = descriptor
        self._frames = frames
        self._samples = samples
        self._end = os.lseek(descriptor, 0, os.SEEK_END)
        self._failed: Trouble | None = None

    @classmethod
    def create(
        cls, path: Path, key: SessionKey, session: str, recording: str, rate: int, reserve: Reserve | None = None
    ) -> "RecordingFile":
        """Begin `path`.part with `rate` in Hz; FileExistsError when either is there. `path` itself appears at `finish`.

        A full disk takes the reserve.
        """
        if path.exists() or part_of(path).exists():
            raise FileExistsError(path)
        names = session.encode(), recording.encode()
        header = HEADER.pack(MAGIC, NEWEST, rate, len(names[0]), len(names[1])) + b"".join(names)
        heading = Heading(session, recording, rate, len(header))
        with disk_troubles():
            descriptor = os.open(part_of(path), FLAGS | os.O_CREAT | os.O_EXCL, 0o600)
            file = cls(path, key, heading, descriptor, 0, 0, reserve)
            try:
                file._append(header)
                sync_folder(path.parent)
            except BaseException:
                file.close()
                raise
        return file

    def write_frame(self, pcm: bytes) -> None:
        """Seal and keep up to one second of int16 PCM; when it returns the frame is on the disk."""
        if len(pcm) % SAMPLE or len(pcm) > SAMPLE * self._heading.rate:
            raise ValueError("a frame is at most one second of whole samples")
        if pcm:
            kind, content = packing.packed(pcm, self._heading.rate) if self._heading.version > 1 else (PCM, pcm)
            self._keep(kind, content, len(pcm) // SAMPLE)

    def write_opus(self, file: bytes, samples: int) -> None:
        """The same of a whole recording that is an Ogg Opus file of so many samples at the recording's rate."""
        self._keep(OPUS, file, samples)

    def finish(self) -> Finished:
        """Mark the end, take the hash, give the file its name. When it returns all that is on the disk."""
        self._append(self._sealed(PCM, b"", 0, final=True))
        self.close()
        part = part_of(self._path)
        with disk_troubles():
            sha256 = sha256_of(part)
            part.replace(self._path)
            sync_folder(self._path.parent)
        return Finished(sha256, self._end, self._frames, self._samples, self._heading.rate)

    def close(self) -> None:
        """Let go of the file as it is: `salvage` finishes it."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def _keep(self, kind: int, content: bytes, samples: int) -> None:
        self._append(self._sealed(kind, content, samples, final=False))
        self._frames += 1
        self._samples += samples

    def _sealed(self, kind: int, content: bytes, samples: int, *, final: bool) -> bytes:
        head = Head(final, kind, samples, 0, 0)
        sealed = vault.seal(self._key.raw, content, head.place(self._heading, self._frames))
        more = FRAME.pack(final, kind, samples, len(sealed)) if self._heading.version > 1 else FRAME_1.pack(final, len(sealed))
        return more + sealed

    def _append(self, data: bytes) -> None:
        if self._failed:
            raise self._failed
        try:
            write_all(self._descriptor, data)
            sync_file(self._descriptor)
        except OSError as error:
            trouble = disk_trouble(error)
            if trouble.code != "disk-full" or not self._take_back():
                self._failed = trouble  # what a failed fsync has left on the disk can no longer be known
            elif self._reserve and self._reserve.let_go():
                self._append(data)
                return
            raise trouble from error
        self._end += len(data)

    def _take_back(self) -> bool:
        try:
            os.ftruncate(self._descriptor, self._end)
            os.lseek(self._descriptor, self._end, os.SEEK_SET)
        except OSError:
            return False
        return True


def part_of(path: Path) -> Path:
    """The name of the recording while it grows."""
    return path.with_name(path.name + ".part")


def salvage(path: Path, key: SessionKey, session: str, recording: str) -> Finished | None:
    """Finish the recording that a killed program left at `path`.part with its complete frames.

    Also right when it was killed just after `finish` gave the file its name. None when not even the header was written:
    nothing was recorded. Where more than a torn last frame does not open, a copy of the file is kept as `.damaged`.
    Trouble: `recording-other` (of another session or recording), `disk-full`, `disk-error`.
    """
    part = part_of(path)
    with disk_troubles():
        if not part.exists():
            return _finished(path.read_bytes(), key, session, recording) if path.exists() else None
        data = part.read_bytes()
        if _cut_in_header(data):
            return None
        heading = _heading(data, session, recording)
        whole: list[Frame] = []
        with suppress(Trouble):
            whole.extend(_frames(data, key, heading))  # keeps those before the first that is not whole
        spoken = [frame for frame in whole if not frame.final]
        end = spoken[-1].end if spoken else heading.size
        if len(data) - end > FRAME.size + OVERHEAD + SAMPLE * heading.rate:
            shutil.copyfile(part, part.with_suffix(".damaged"))
        samples = sum(len(frame.pcm) for frame in spoken) // SAMPLE
        descriptor = os.open(part, FLAGS)
        write_all(descriptor, data[:end])  # again: after a failed sync the system may show what the disk never got
        os.ftruncate(descriptor, end)
        file = RecordingFile(path, key, heading, descriptor, len(spoken), samples)
        try:
            return file.finish()
        finally:
            file.close()


def read(path: Path, key: SessionKey, session: str, recording: str) -> tuple[bytes, int]:
    """The PCM (int16 little-endian mono) and its rate in Hz.

    Trouble: `recording-torn` (the end is missing), `recording-changed`, both naming the frame; `recording-other`; `disk-error`.
    """
    with disk_troubles():
        data = path.read_bytes()
    return opened(data, key, session, recording)


def opened(data: bytes, key: SessionKey, session: str, recording: str) -> tuple[bytes, int]:
    """The same of a file's bytes."""
    heading = _heading(data, session, recording)
    return b"".join(frame.pcm for frame in _frames(data, key, heading)), heading.rate


def sha256_of(path: Path) -> str:
    """SHA-256 of a file in hex: the check that needs no key. OSError."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def problems(data: bytes, key: SessionKey | None, session: str, recording: str, *, growing: bool = False) -> list[str]:
    """Everything in a recording's bytes that is not as it was written, frame by frame; a cut end is none while it is `growing`.

    Without the key only what stands in the clear can be looked at.
    """
    try:
        heading = _heading(data, session, recording)
    except Trouble as trouble:
        return [] if growing and data and MAGIC.startswith(data[: len(MAGIC)]) else [trouble.advice.what]
    found: list[str] = []
    at, number, final = heading.size, 0, False
    while at < len(data) and not final:
        head = _head(data, at, heading)
        if isinstance(head, str):
            cut = head.startswith(CUT)
            return found if cut and growing else [*found, f"frame {number} {head}{'' if cut else NO_FURTHER}"]
        final, at = head.final, head.end
        if key and (fault := _frame_fault(data, key, heading, head, number)):
            found.append(f"frame {number} {fault}")
        number += 1
    if not final and not growing:
        found.append(f"the end is missing behind {number} frames")
    if at < len(data):
        found.append(f"something was added behind frame {number - 1}")
    return found


def measured(data: bytes) -> tuple[int, int, int]:
    """Rate in Hz, frames and samples as what stands in the clear says; zeros where it says nothing."""
    try:
        heading = _heading(data, *named(data))
    except Trouble:
        return 0, 0, 0
    at, frames, samples = heading.size, 0, 0
    while at < len(data) and not isinstance(head := _head(data, at, heading), str):
        at = head.end
        if not head.final:
            frames, samples = frames + 1, samples + head.samples
    return heading.rate, frames, samples


def named(data: bytes) -> tuple[str, str]:
    """The session and the recording that a file says it is of; Trouble `recording-changed` where it says nothing."""
    if not data.startswith(MAGIC) or _cut_in_header(data):
        raise _changed("the header is not one of a recording")
    of_session, of_recording = HEADER.unpack_from(data)[3:]
    at = HEADER.size + of_session
    try:
        return data[HEADER.size : at].decode(), data[at : at + of_recording].decode()
    except UnicodeDecodeError:
        raise _changed("the header is not one of a recording") from None


def _frame_fault(data: bytes, key: SessionKey, heading: Heading, head: Head, number: int) -> str:
    """What happened to a frame, "" when nothing did."""
    for origin in (number, *range(MOST_FRAMES)):
        with suppress(Trouble):
            content = vault.open_sealed(key.raw, data[head.body : head.end], head.place(heading, origin))
            if origin != number:
                return f"is frame {origin}, moved here"
            return "" if _plays(content, head) else "holds no sound that can be heard"
    return "was changed"


def _plays(content: bytes, head: Head) -> bool:
    try:
        return len(packing.unpacked(head.packing, content)) == SAMPLE * head.samples
    except ValueError:
        return False


def _cut_in_header(data: bytes) -> bool:
    return len(data) < HEADER.size or len(data) < HEADER.size + sum(HEADER.unpack_from(data)[3:])


def _heading(data: bytes, session: str, recording: str) -> Heading:
    if not data.startswith(MAGIC[: len(data)]):
        raise _changed("the header is not one of a recording")
    if _cut_in_header(data):
        raise _torn("the header")
    _, version, rate, *lengths = HEADER.unpack_from(data)
    names = session.encode(), recording.encode()
    size = HEADER.size + sum(lengths)
    if not 1 <= version <= NEWEST:
        raise _changed("the header is of another version")
    if lengths != [len(name) for name in names] or data[HEADER.size : size] != b"".join(names):
        raise _trouble("recording-other", "it belongs to another test or another answer")
    return Heading(session, recording, rate, size, version)


def _head(data: bytes, at: int, heading: Heading) -> Head | str:
    """The beginning of the frame at `at`, or what is wrong with it."""
    form = FRAME if heading.version > 1 else FRAME_1
    body = at + form.size
    if body > len(data):
        return CUT
    if heading.version > 1:
        flag, kind, samples, length = FRAME.unpack_from(data, at)
    else:
        flag, length = FRAME_1.unpack_from(data, at)
        kind, samples = PCM, (length - OVERHEAD) // SAMPLE
    longest = heading.rate * (MOST_FRAMES if kind == OPUS else 1)
    if flag > 1 or kind not in PACKINGS or samples > longest or not OVERHEAD <= length <= OVERHEAD + SAMPLE * samples:
        return "has a changed beginning"
    return Head(bool(flag), kind, samples, body, body + length) if body + length <= len(data) else CUT


def _frames(data: bytes, key: SessionKey, heading: Heading) -> Iterator[Frame]:
    """Every frame up to the final one; Trouble where one is not whole."""
    at, number, final = heading.size, 0, False
    while not final:
        head = _head(data, at, heading)
        if head == CUT:
            raise _torn(f"frame {number}")
        if isinstance(head, str):
            raise _changed(f"frame {number} {head}")
        final, at = head.final, head.end
        try:
            content = vault.open_sealed(key.raw, data[head.body : at], head.place(heading, number))
        except Trouble:
            raise _changed(f"frame {number} was changed") from None
        try:
            pcm = packing.unpacked(head.packing, content)
        except ValueError as error:
            raise _changed(f"frame {number} holds no sound that can be heard") from error
        yield Frame(number, final, pcm, at)
        number += 1
    if at != len(data):
        raise _changed("something was added behind the last frame")


def _finished(data: bytes, key: SessionKey, session: str, recording: str) -> Finished:
    pcm, rate = opened(data, key, session, recording)
    frames = sum(not frame.final for frame in _frames(data, key, _heading(data, session, recording)))
    return Finished(hashlib.sha256(data).hexdigest(), len(data), frames, len(pcm) // SAMPLE, rate)


def _torn(where: str) -> Trouble:
    return _trouble("recording-torn", f"it ends in {where}")


def _changed(detail: str) -> Trouble:
    return _trouble("recording-changed", detail)


def _trouble(code: str, detail: str) -> Trouble:
    return Trouble(
        code,
        f"The recording is not as it was written: {detail}.",
        "The file is kept as it is.",
        "Tell your coordinator: the answer may have to be recorded again.",
    )
