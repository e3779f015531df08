"""What an installation of the server is told: where its data lies, which database, which store. All else is in the database."""

import json
import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from stamp_desktop.server.turns import UPLOADS
from stamp_desktop.storage.durable import disk_troubles, make_folder, write_whole
from stamp_desktop.trouble import Trouble

FILE = "server.toml"
DATABASE, OBJECTS = "STAMP_DATABASE", "STAMP_OBJECTS"


@dataclass(frozen=True, slots=True)
class Settings:
    """`data` is the durable folder. `database` is an SQLAlchemy URL, `objects` an `s3://` URL; "" means a part of `data`.

    `uploads`: how many recordings are taken at a time.
    """

    data: Path
    database: str = ""
    objects: str = ""
    uploads: int = UPLOADS

    @property
    def database_url(self) -> str:
        return self.database or f"sqlite:///{self.data.absolute() / 'server.db'}"


def settings_of(
    data: Path,
    database: str = "",
    objects: str = "",
    uploads: int = UPLOADS,
    environment: Mapping[str, str] = os.environ,
) -> Settings:
    """What was said now, else in the environment, else at `keep_settings`. Trouble `settings-unfit`."""
    kept: dict[str, object] = {}
    try:
        if (data / FILE).exists():
            kept = tomllib.loads((data / FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise _unfit(data, str(error)) from error
    if not all(isinstance(value, str) for value in kept.values()) or not kept.keys() <= {"database", "objects"}:
        raise _unfit(data, "it may say database = URL and objects = URL")
    return Settings(
        data,
        database or environment.get(DATABASE, "") or str(kept.get("database", "")),
        objects or environment.get(OBJECTS, "") or str(kept.get("objects", "")),
        uploads,
    )


def keep_settings(settings: Settings) -> None:
    """So that later commands need not be told again. Only the server's user can read it: URLs hold passwords."""
    said = {"database": settings.database, "objects": settings.objects}
    text = "".join(f"{name} = {json.dumps(value)}\n" for name, value in said.items() if value)
    with disk_troubles():
        make_folder(settings.data)
        write_whole(settings.data / FILE, text.encode())


def _unfit(data: Path, why: str) -> Trouble:
    return Trouble(
        "settings-unfit", f"{data / FILE} is not usable ({why}).", "The server was not started.", "Correct the file."
    )
