"""What an installation of the server is told: where its data lies, and which database. Everything else is in the database."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Settings:
    """`data` is the durable folder. `database` is an SQLAlchemy URL; "" means an SQLite file in `data`."""

    data: Path
    database: str = ""

    @property
    def database_url(self) -> str:
        return self.database or f"sqlite:///{self.data.absolute() / 'server.db'}"
