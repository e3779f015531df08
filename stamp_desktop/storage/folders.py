"""Where things lie on this computer. It refuses to open any of them."""

import re
import shutil
from dataclasses import dataclass
from pathlib import Path

import platformdirs

from stamp_desktop.storage.durable import disk_troubles, make_folder
from stamp_desktop.trouble import Trouble

SPARE = 2  # a test begins only with twice the room it needs: estimates are wrong, and other programs write too
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,79}")  # ids become names of files on every system


@dataclass(frozen=True, slots=True)
class SessionFolder:
    """What belongs to one session."""

    path: Path

    @property
    def journal(self) -> Path:
        return self.path / "journal.db"

    @property
    def recordings(self) -> Path:
        return self.path / "recordings"

    def recording(self, recording: str) -> Path:
        """The finished recording; while it grows `.part` is added. ValueError for an id that cannot be a name."""
        return self.recordings / f"{_name(recording)}.rec"


@dataclass(frozen=True, slots=True)
class Folders:
    """Everything below one root."""

    root: Path

    @classmethod
    def of_user(cls) -> "Folders":
        """This user's own data on this computer; never a part of the profile that roams."""
        return cls(Path(platformdirs.user_data_path("stamp-desktop", appauthor=False, roaming=False)))

    @property
    def station(self) -> Path:
        return self.root / "station.db"

    @property
    def station_copy(self) -> Path:
        """Beside it, for the day on which it is damaged."""
        return self.root / "station-copy.db"

    @property
    def keys(self) -> Path:
        return self.root / "keys"

    @property
    def packages(self) -> Path:
        return self.root / "packages"

    @property
    def reserve(self) -> Path:
        return self.root / "reserve"

    @property
    def sessions(self) -> Path:
        return self.root / "sessions"

    def session(self, session: str) -> SessionFolder:
        """ValueError for an id that cannot be a name."""
        return SessionFolder(self.sessions / _name(session))

    def make(self) -> None:
        """Make the folders; Trouble `disk-full`, `disk-error`."""
        with disk_troubles():
            for folder in (self.packages, self.sessions):
                make_folder(folder)

    def make_session(self, session: str) -> SessionFolder:
        """The session's folder, made; Trouble `disk-full`, `disk-error`."""
        folder = self.session(session)
        with disk_troubles():
            make_folder(folder.recordings)
        return folder

    def free(self) -> int:
        """Bytes that this user can still write."""
        return shutil.disk_usage(self.root).free

    def room_for(self, need: int) -> None:
        """Trouble `disk-low` unless twice `need` bytes are free."""
        free = self.free()
        if free < SPARE * need:
            raise Trouble(
                "disk-low",
                f"The disk has {free // 10**6} MB left; this test wants {-(-SPARE * need // 10**6)} MB.",
                "The test has not begun, nothing is lost.",
                "Call your proctor: make room on the disk or use another computer.",
            )


def _name(text: str) -> str:
    if not NAME.fullmatch(text):
        raise ValueError(f"{text!r} cannot be the name of a file")
    return text
