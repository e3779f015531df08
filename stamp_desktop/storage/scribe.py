"""The scribe: one thread that keeps the second copy of every session up to date, as events and frames come.

A place that is not there (a share without a network, a stick that was pulled out) is tried again; nobody waits for it.
"""

import logging
import threading
from collections.abc import Callable
from pathlib import Path

from stamp_desktop.storage.folders import Folders
from stamp_desktop.storage.second import SecondCopy
from stamp_desktop.storage.station import Station
from stamp_desktop.trouble import Trouble

log = logging.getLogger(__name__)

FRAME_SECONDS = 1.0
"""How often a growing recording is looked at: a frame has at most one second."""

AGAIN_SECONDS = 20.0
"""Between two tries at a place that does not answer."""

IDLE_SECONDS = 60.0

STOP_SECONDS = 10.0
"""A share whose server is gone may hold a call for minutes: the program does not."""


class Scribe:
    """`failed` gets a fault of the program, on the scribe's thread, which it has ended."""

    def __init__(self, folders: Folders, place: Path, failed: Callable[[BaseException], None]) -> None:
        self._folders = folders
        self._place = place
        self._failed = failed
        self._copies: dict[str, SecondCopy] = {}
        self._woken = threading.Event()
        self._stopped = False
        self._thread = threading.Thread(target=self._run, name="second copy", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def wake(self) -> None:
        """Something was written; from any thread."""
        self._woken.set()

    def stop(self) -> None:
        """Copy what there is once more, and end; a place that does not answer is waited for only so long."""
        self._stopped = True
        self._woken.set()
        self._thread.join(STOP_SECONDS)

    def _run(self) -> None:
        try:
            station = Station(self._folders.station)
            try:
                self._rounds(station)
            finally:
                station.close()
        except BaseException as error:
            log.exception("The second copy ended on a fault of the program")
            self._failed(error)
            raise

    def _rounds(self, station: Station) -> None:
        last = False
        while not last:
            last = self._stopped
            self._woken.clear()
            pause = self._round(station)
            if not last:
                self._woken.wait(pause)

    def _round(self, station: Station) -> float:
        """Bring every session up to date; the seconds until there may be more. One session's trouble is not another's."""
        growing, trouble = False, False
        if not self._place.is_dir():  # it is never made: on a stick that was pulled out it would lie on this disk
            log.warning("The place of the second copies is not there: %s", self._place)
            return AGAIN_SECONDS
        try:
            sessions = [line.id for line in station.sessions() if line.state in {"open", "finished"}]
        except Trouble as error:
            log.warning("The sessions cannot be listed for their second copy: %s", error)
            return AGAIN_SECONDS
        for session in sessions:
            copy = self._copies.setdefault(session, SecondCopy(self._folders.session(session), self._place / session))
            try:
                growing |= copy.catch_up()
            except Trouble as error:
                trouble = True
                self._copies.pop(session)  # the place may have been another meanwhile: look at it afresh
                log.warning("The second copy of a session is behind: %s", error)
        return AGAIN_SECONDS if trouble else FRAME_SECONDS if growing else IDLE_SECONDS
