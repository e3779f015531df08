"""Where the kiosk keeps its things, and what the guardian remembers over its own death."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stamp_desktop.storage.durable import make_folder, write_whole


@dataclass(frozen=True, slots=True)
class Home:
    """The kiosk's folder inside a station's data folder."""

    data: Path

    @property
    def root(self) -> Path:
        return self.data / "kiosk"

    @property
    def pin(self) -> Path:
        return self.root / "pin.json"

    @property
    def policy(self) -> Path:
        """The organization's policy; it need not be there."""
        return self.root / "policy.json"

    @property
    def policy_signature(self) -> Path:
        """Whose policy it is: a signature beside it."""
        return self.root / "policy.json.sig"

    @property
    def tickets(self) -> Path:
        """Which of the server's tickets have been used."""
        return self.root / "tickets.json"

    @property
    def changes(self) -> Path:
        return self.root / "changes.jsonl"

    @property
    def memory(self) -> Path:
        return self.root / "guardian.json"

    @property
    def log(self) -> Path:
        """What happened, one JSON object a line."""
        return self.root / "events.jsonl"

    @property
    def lock(self) -> Path:
        return self.root / "kiosk.lock"

    @property
    def socket(self) -> Path:
        return self.root / "guardian.sock"

    def make(self) -> None:
        make_folder(self.root)

    def remember(self, facts: Mapping[str, Any]) -> None:
        write_whole(self.memory, json.dumps(facts).encode())

    def remembered(self) -> dict[str, Any]:
        """{} where nothing was, or nothing that can be read."""
        try:
            facts = json.loads(self.memory.read_bytes())
        except (OSError, ValueError):
            return {}
        return facts if isinstance(facts, dict) else {}

    def forget(self) -> None:
        self.memory.unlink(missing_ok=True)
