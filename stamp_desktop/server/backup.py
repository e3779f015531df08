"""A backup of a server that keeps everything in its folder, taken while it runs. It refuses to guess about other databases.

The order matters: first the database, as of one moment, then the files that it speaks of. A file that came later does no harm;
one that is missing after a restore is asked for again when the session is sealed.
"""

import sqlite3
import tarfile
import tempfile
from contextlib import closing
from pathlib import Path

from stamp_desktop.server.identity import FILE as IDENTITY
from stamp_desktop.server.settings import FILE as SETTINGS
from stamp_desktop.server.settings import Settings
from stamp_desktop.storage.durable import disk_troubles
from stamp_desktop.trouble import Trouble

DATABASE = "server.db"


def back_up(settings: Settings, out: Path) -> int:
    """Write a tar of everything; how many files are in it. Trouble `backup-elsewhere`, `backup-there`."""
    if settings.database or settings.objects:
        raise Trouble(
            "backup-elsewhere",
            "This server keeps its data in PostgreSQL or S3.",
            "Nothing was written.",
            f"Back those up by their own means (pg_dump, versions of the bucket), and {settings.data / IDENTITY} by hand.",
        )
    if out.exists():
        raise Trouble("backup-there", f"{out} is there already.", "It was left as it is.", "Choose another name.")
    part = out.with_name(out.name + ".part")
    with disk_troubles(), tempfile.TemporaryDirectory(prefix="stamp-backup-", dir=out.absolute().parent) as folder:
        copy = Path(folder) / DATABASE
        with closing(sqlite3.connect(settings.data / DATABASE)) as live, closing(sqlite3.connect(copy)) as target:
            live.backup(target)
        with tarfile.open(part, "w") as tar:
            tar.add(copy, DATABASE)
            for name in (IDENTITY, SETTINGS, "tls", "objects"):
                if (settings.data / name).exists():
                    tar.add(settings.data / name, name)
            count = sum(member.isfile() for member in tar.getmembers())
        part.chmod(0o600)
        part.replace(out)
    return count
