"""A recording at rest: sealed frames of at most one second, each on the disk before the next. It refuses to know sound.

Format 1, integers big-endian:
  header  "STAMPREC", version (1 byte), rate in Hz (4), length of session id (2), of recording id (2), both in UTF-8
  frame   final (1 byte, 0 or 1), length of what follows (4), nonce (12), ciphertext, tag (16)
The plain text of a frame is int16 little-endian mono PCM. The last frame is final and empty: it says that nothing is cut off.
Associated data: `vault.place(session, "recording", frame number from 0, final, clear=fields(recording, rate))`.

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

from stamp_desktop.storage import vault
from stamp_desktop.storage.durable import disk_trouble, disk_troubles, sync_file, sync_folder, write_all
from stamp_desktop.storage.reserve import Reserve
from stamp_desktop.storage.vault import SessionKey, fields, place
from stamp_desktop.trouble import Trouble

MAGIC = b"STAMPREC"
HEADER = struct.Struct(">8sBIHH")
FRAME = struct.Struct(">BI")
OVERHEAD = vault.NONCE + vault.TAG
SAMPLE = 2  # bytes, int16
MOST_FRAMES = 300  # seconds of the longest recording: where a moved frame may have come from
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

    def place(self, number: int, *, final: bool) -> bytes:
        """The associated data of a frame."""
        clear = fields(self.recording, self.rate)
        return place(self.session, "recording", number, final=final, clear=clear)


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
        header = HEADER.pack(MAGIC, 1, rate, len(names[0]), len(names[1])) + b"".join(names)
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
            self._append(self._sealed(pcm, final=False))
            self._frames += 1
            self._samples += len(pcm) // SAMPLE

    def finish(self) -> Finished:
        """Mark the end, take the hash, give the file its name. When it returns all that is on the disk."""
        self._append(self._sealed(b"", final=True))
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

    def _sealed(self, pcm: bytes, *, final: bool) -> bytes:
        sealed = vault.seal(self._key.raw, pcm, self._heading.place(self._frames, final=final))
        return FRAME.pack(final, len(sealed)) + sealed

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
        body = at + FRAME.size
        flag, length = FRAME.unpack_from(data, at) if body <= len(data) else (0, OVERHEAD)
        if flag > 1 or not OVERHEAD <= length <= OVERHEAD + SAMPLE * heading.rate:
            return [*found, f"frame {number} has a changed beginning, what follows cannot be told apart"]
        if body + length > len(data):
            return found if growing else [*found, f"frame {number} is cut off"]
        final, at = bool(flag), body + length
        if key and (fault := _frame_fault(data[body:at], key, heading, number, final=final)):
            found.append(f"frame {number} {fault}")
        number += 1
    if not final and not growing:
        found.append(f"the end is missing behind {number} frames")
    if at < len(data):
        found.append(f"something was added behind frame {number - 1}")
    return found


def measured(data: bytes) -> tuple[int, int, int]:
    """Rate in Hz, frames and samples as the lengths in the clear say; zeros where they say nothing."""
    if not data.startswith(MAGIC) or _cut_in_header(data):
        return 0, 0, 0
    _, _, rate, *lengths = HEADER.unpack_from(data)
    at, frames, samples = HEADER.size + sum(lengths), 0, 0
    while at + FRAME.size <= len(data):
        flag, length = FRAME.unpack_from(data, at)
        at += FRAME.size + length
        if not flag:
            frames, samples = frames + 1, samples + (length - OVERHEAD) // SAMPLE
    return rate, frames, samples


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


def _frame_fault(sealed: bytes, key: SessionKey, heading: Heading, number: int, *, final: bool) -> str:
    """What happened to a frame, "" when nothing did."""
    for origin in (number, *range(MOST_FRAMES)):
        with suppress(Trouble):
            vault.open_sealed(key.raw, sealed, heading.place(origin, final=final))
            return "" if origin == number else f"is frame {origin}, moved here"
    return "was changed"


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
    if version != 1:
        raise _changed("the header is of another version")
    if lengths != [len(name) for name in names] or data[HEADER.size : size] != b"".join(names):
        raise _trouble("recording-other", "it belongs to another test or another answer")
    return Heading(session, recording, rate, size)


def _frames(data: bytes, key: SessionKey, heading: Heading) -> Iterator[Frame]:
    """Every frame up to the final one; Trouble where one is not whole."""
    at, number, final = heading.size, 0, False
    while not final:
        body = at + FRAME.size
        if body > len(data):
            raise _torn(f"frame {number}")
        flag, length = FRAME.unpack_from(data, at)
        if flag > 1 or not OVERHEAD <= length <= OVERHEAD + SAMPLE * heading.rate:
            raise _changed(f"frame {number} has a changed beginning")
        if body + length > len(data):
            raise _torn(f"frame {number}")
        final, at = bool(flag), body + length
        try:
            pcm = vault.open_sealed(key.raw, data[body:at], heading.place(number, final=final))
        except Trouble:
            raise _changed(f"frame {number} was changed") from None
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
