"""A recording that is kept as Opus because the form of its test says so: lossless while it grows, made small at its end.

Until the small one is on the disk, and was heard again from there, the whole one has the name; then the small one takes it
in one step. A kill leaves one of the two. Where making it small fails for any reason, the whole one stays.
"""

import logging
from contextlib import suppress
from pathlib import Path

from stamp_desktop.audio.encode import OPUS_RATE
from stamp_desktop.storage import packing, recordings
from stamp_desktop.storage.durable import disk_troubles, sync_folder
from stamp_desktop.storage.packing import OPUS, SAMPLE
from stamp_desktop.storage.recordings import MOST_FRAMES, Finished, RecordingFile, part_of
from stamp_desktop.storage.vault import SessionKey
from stamp_desktop.trouble import Trouble

log = logging.getLogger(__name__)


class SmallerFile:
    """A sink as `RecordingFile` is, whose recording ends as Opus."""

    def __init__(self, file: RecordingFile, path: Path, key: SessionKey, session: str, recording: str) -> None:
        self._file = file
        self._path = path
        self._key = key
        self._session = session
        self._recording = recording

    def write_frame(self, pcm: bytes) -> None:
        """As `RecordingFile.write_frame`."""
        self._file.write_frame(pcm)

    def finish(self) -> Finished:
        """As `RecordingFile.finish`; what is on the disk then is Opus, or lossless where that failed."""
        whole = self._file.finish()
        return shrunk(self._path, self._key, self._session, self._recording) or whole

    def close(self) -> None:
        """As `RecordingFile.close`."""
        self._file.close()


def shrunk(path: Path, key: SessionKey, session: str, recording: str) -> Finished | None:
    """Put Opus in the place of a finished lossless recording; None where it stays as it is."""
    small = path.with_name(path.name + ".small")
    try:
        with disk_troubles():
            _cleared(small)
        pcm, rate = recordings.read(path, key, session, recording)
        if not 0 < len(pcm) // SAMPLE <= MOST_FRAMES * rate:
            return None
        content = packing.as_opus(pcm, rate)
        heard = packing.unpacked(OPUS, content)
        if len(content) >= path.stat().st_size:
            return None
        finished = _written(small, content, len(heard) // SAMPLE, key, (session, recording))
        if recordings.read(small, key, session, recording) != (heard, OPUS_RATE):
            return None
        with disk_troubles():
            small.replace(path)
            sync_folder(path.parent)
    except (Trouble, OSError, ValueError, RuntimeError):
        log.exception("The recording %s stays lossless", recording)
        return None
    finally:
        with suppress(OSError):
            _cleared(small)
    return finished


def _written(path: Path, content: bytes, samples: int, key: SessionKey, names: tuple[str, str]) -> Finished:
    file = RecordingFile.create(path, key, *names, OPUS_RATE)
    try:
        file.write_opus(content, samples)
        return file.finish()
    finally:
        file.close()


def _cleared(small: Path) -> None:
    """What a kill may have left."""
    for left in (small, part_of(small)):
        left.unlink(missing_ok=True)
