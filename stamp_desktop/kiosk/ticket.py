"""The server's ticket that lets a paused test go on: judged with the keys that this computer had pinned when the kiosk began.

Who the server is stays what it was then, whatever becomes of the station's database. A ticket counts once, also over restarts.
"""

import json
import sqlite3
from collections.abc import Mapping
from contextlib import closing, suppress
from typing import Any, Final

from stamp_desktop.kiosk.home import Home
from stamp_desktop.storage.durable import write_whole

EARLY_MS: Final = 5 * 60_000
"""By how much this computer's clock may be behind the server's."""

KEPT: Final = 1000
"""Used tickets that are remembered; each counts for ten minutes."""

UNSIGNED: Final = "not signed by this computer's server"
ELSEWHERE: Final = "for another computer"
FORGED: Final = (UNSIGNED, ELSEWHERE)
"""What no server and no hub would send here. One that was used, or is too old, may come again."""

SERVERS: Final = "SELECT id, server_signing_key, server_former FROM device"


class TicketBook:
    """`kiosk/tickets.json` has what was used. `pin` before the first `enter`."""

    def __init__(self, home: Home) -> None:
        self._home = home
        self._device = ""
        self._keys: tuple[bytes, ...] = ()

    def pin(self, known: Mapping[str, Any] | None = None) -> None:
        """Keep the server's keys as an earlier guardian had `pinned` them, else as the station has them now."""
        if known and known.get("device"):
            self._device, self._keys = str(known["device"]), tuple(bytes.fromhex(key) for key in known["keys"])
            return
        station = self._home.data / "station.db"
        with suppress(sqlite3.Error):  # there is none yet: no server's word is good here
            with closing(sqlite3.connect(f"{station.absolute().as_uri()}?mode=ro", uri=True, timeout=0.2)) as database:
                row = database.execute(SERVERS).fetchone()
            if row is not None:
                former = bytes(row[2] or b"")
                self._device = str(row[0])
                self._keys = (bytes(row[1]), *(former[at : at + 32] for at in range(0, len(former), 32)))

    def pinned(self) -> Mapping[str, Any]:
        """What outlives this guardian."""
        return {"device": self._device, "keys": [key.hex() for key in self._keys]}

    def enter(self, text: str, signature: str, paused_ms: int, now_ms: int) -> tuple[str, str]:
        """Who lets the test go on, and "", or "" and what is wrong. `paused_ms`: the newest pause, 0 where nothing waits.

        A ticket that is taken is on the disk as used when this returns.
        """
        from stamp_desktop.sync.unlocking import TICKET_MS, UnlockTicket  # noqa: PLC0415  # 5 MB that most tests never need
        from stamp_desktop.sync.words import Signed, verified  # noqa: PLC0415
        from stamp_desktop.trouble import Trouble  # noqa: PLC0415

        try:
            said = verified(UnlockTicket, Signed(text, signature), *self._keys)
        except Trouble:
            return "", UNSIGNED
        if said.device != self._device:
            return "", ELSEWHERE
        if not said.issued_ms - EARLY_MS <= now_ms < said.expires_ms or said.expires_ms - said.issued_ms > TICKET_MS:
            return "", "too old"
        if said.id in (used := self._used()):
            return "", "used before"
        if not paused_ms or said.paused_ms < paused_ms:
            return "", "for an earlier pause"
        write_whole(self._home.tickets, json.dumps([*used, said.id][-KEPT:]).encode())
        return said.by, ""

    def _used(self) -> list[str]:
        try:
            found = json.loads(self._home.tickets.read_bytes())
            return [str(each) for each in found]
        except (OSError, ValueError, TypeError):
            return []
