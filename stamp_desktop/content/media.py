"""The pictures and recordings that a source folder names: found, recognised by what they hold, named after it.

It converts nothing, and takes no picture that does more than draw.
"""

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

from stamp_desktop.content.archive import MAX_PART_BYTES
from stamp_desktop.content.keys import SEAL_BYTES
from stamp_desktop.content.tables import Table

PICTURES = frozenset({"image/svg+xml", "image/png"})
SOUNDS = frozenset({"audio/ogg", "audio/flac"})

_ACTIVE_SVG = re.compile(
    rb"<!ENTITY|<script|<foreignObject|javascript:|\bon[a-z]+\s*=|href\s*=\s*[\"'](?!#|data:image/)", re.IGNORECASE
)
"""An exam's picture draws: it runs nothing and fetches nothing."""


@dataclass(frozen=True, slots=True)
class Media:
    """One picture or recording: `name` is the SHA-256 of its bytes in hex."""

    name: str
    path: Path
    media_type: str
    size: int


def sniff(content: bytes) -> str:
    """The media type by the first bytes of a file; "" when it is none that a package takes."""
    head = content[:4096]
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if head.startswith(b"fLaC"):
        return "audio/flac"
    if head.startswith(b"OggS") and b"OpusHead" in head:
        return "audio/ogg"
    if head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<") and b"<svg" in head:
        return "image/svg+xml"
    return ""


class MediaShelf:
    """Collects what one source folder names."""

    def __init__(self, folder: Path) -> None:
        self.found: dict[str, Media] = {}
        self._folder = folder
        self._by_path: dict[str, Media] = {}

    def picture(self, table: Table) -> tuple[str, str]:
        """Name and alternative text of the table's `picture`; two empty texts when it has none."""
        path, alt = table.text("picture", ""), table.text("picture_alt", "")
        if path and not alt:
            table.fault(
                "picture_alt", "The picture has no description.", "Say what the picture shows, for those who cannot see it."
            )
        if alt and not path:
            table.fault("picture", "There is a description but no picture.", "Name the picture, or remove picture_alt.")
        return self._take(table, "picture", path, PICTURES, "an SVG or PNG picture"), alt

    def sound(self, table: Table, key: str) -> str:
        """Name of the recording under a key; "" when it has none, which is noted."""
        return self._take(table, key, table.text(key), SOUNDS, "an Opus (Ogg) or FLAC recording")

    def _take(self, table: Table, key: str, path: str, kinds: frozenset[str], wanted: str) -> str:
        if not path:
            return ""
        media = self._by_path.get(path) or self._load(table, key, path)
        if media is None:
            return ""
        self._by_path[path] = media
        if media.media_type not in kinds:
            table.fault(key, f"{path} is {media.media_type}.", f"Name {wanted}.")
        return media.name

    def _load(self, table: Table, key: str, path: str) -> Media | None:
        file = self._folder / path
        if not file.resolve().is_relative_to(self._folder.resolve()):
            table.fault(key, f"{path} lies outside the folder of the test.", "Copy it into the folder.")
            return None
        if not file.is_file():
            table.fault(key, f"There is no file {path}.", "Add it, or correct the name.")
            return None
        content = file.read_bytes()
        media_type = sniff(content)
        if not media_type:
            table.fault(key, f"{path} is of no known type.", "Use SVG or PNG for pictures, Opus (Ogg) or FLAC for sound.")
            return None
        if media_type == "image/svg+xml" and _ACTIVE_SVG.search(content):
            table.fault(key, f"{path} holds scripts, entities or links to other files.", "Export it as a plain drawing.")
        if len(content) > MAX_PART_BYTES - SEAL_BYTES:
            table.fault(key, f"{path} has {len(content):,} bytes.", f"Keep files below {MAX_PART_BYTES // 2**20} MiB.")
        media = Media(hashlib.sha256(content).hexdigest(), file, media_type, len(content))
        self.found[media.name] = media
        return media
