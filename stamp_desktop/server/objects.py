"""Where whole files are kept: packages and recordings. It refuses to hold half a file under a name.

A durable folder, or a store that speaks S3. The folder is our own code because every name and byte in it has to be on the
disk before a station is told so; a store that speaks S3 promises that with its answer.
"""

import os
import uuid
from contextlib import suppress
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import parse_qs, urlsplit

from stamp_desktop.server.refusals import Refused
from stamp_desktop.storage.durable import disk_troubles, make_folder, sync_folder
from stamp_desktop.trouble import Trouble

AGAIN_SECONDS = 10
CACHE_BYTES = 2 * 2**30
"""Of files that were fetched from S3, or have just been put there and are read again at the seal."""


class ObjectStore(Protocol):
    """Files by name (`recordings/...`). What `keep` has returned from survives a power cut."""

    def keep(self, name: str, source: Path) -> None:
        """Take over a file that is whole and on the disk; `source` is gone afterwards. The same name again replaces it."""

    def file(self, name: str, *, fresh: bool = False) -> Path | None:
        """A local path to read it from now, or None when there is no such file. `fresh`: as the store has it this moment."""

    def has(self, name: str) -> bool:
        """Whether there is such a file."""

    def drop(self, name: str) -> None:
        """Remove it, if it is there."""

    def check(self) -> None:
        """Trouble when files cannot be kept at the moment."""


class FolderStore:
    """A durable folder."""

    def __init__(self, root: Path) -> None:
        self._root = root
        with disk_troubles():
            make_folder(root)

    def keep(self, name: str, source: Path) -> None:
        target = self._root / name
        with disk_troubles():
            make_folder(target.parent)
            source.replace(target)
            sync_folder(target.parent)
            sync_folder(source.parent)

    def file(self, name: str, *, fresh: bool = False) -> Path | None:  # noqa: ARG002 (it is the store itself)
        path = self._root / name
        return path if path.is_file() else None

    def has(self, name: str) -> bool:
        return self.file(name) is not None

    def drop(self, name: str) -> None:
        path = self._root / name
        with disk_troubles():
            if path.is_file():
                path.unlink()
                sync_folder(path.parent)

    def check(self) -> None:
        with disk_troubles():
            sync_folder(self._root)


class S3Store:
    """A bucket, by `s3://BUCKET/PREFIX?endpoint=URL&region=NAME`; credentials come as AWS's tools find them.

    `cache` is a folder of this computer for what was fetched; it may be emptied at any time. Trouble `objects-unfit`,
    `objects-away`.
    """

    def __init__(self, url: str, cache: Path) -> None:
        self._bucket, self._prefix, client = _address(url)
        self._client, self._errors = _client(client)
        self._cache = cache
        self._unswept = 0
        with disk_troubles():
            make_folder(cache)

    def keep(self, name: str, source: Path) -> None:
        with disk_troubles(), source.open("rb") as body:
            self._call("put_object", name, Body=body)
        self._cached(name, source)

    def file(self, name: str, *, fresh: bool = False) -> Path | None:
        path = self._local(name)
        if path.is_file() and not fresh:
            with suppress(OSError):
                os.utime(path)
            return path
        try:
            answer = self._call("get_object", name)
        except FileNotFoundError:
            return None
        with disk_troubles():
            part = self._cache / uuid.uuid4().hex
            try:
                with part.open("wb") as file:
                    for piece in answer["Body"].iter_chunks(2**18):
                        file.write(piece)
            except self._errors as error:
                part.unlink(missing_ok=True)
                raise _away(str(type(error).__name__)) from error
        self._cached(name, part)
        return path

    def has(self, name: str) -> bool:
        try:
            self._call("head_object", name)
        except FileNotFoundError:
            return False
        return True

    def drop(self, name: str) -> None:
        self._local(name).unlink(missing_ok=True)
        self._call("delete_object", name)

    def check(self) -> None:
        with suppress(FileNotFoundError):
            self._call("head_object", "ready")

    def _local(self, name: str) -> Path:
        return self._cache / name.replace("/", "+")

    def _cached(self, name: str, source: Path) -> None:
        with disk_troubles():
            self._unswept += source.stat().st_size
            source.replace(self._local(name))
            if self._unswept > CACHE_BYTES // 16:
                self._unswept = 0
                self._sweep()

    def _sweep(self) -> None:
        """Forget what was not read for the longest time, as far as there is too much. Other processes may do so, too."""
        held = []
        for path in self._cache.iterdir():
            with suppress(FileNotFoundError):
                about = path.stat()
                held.append((about.st_mtime, about.st_size, path))
        over = sum(size for _, size, _ in held) - CACHE_BYTES
        for _, size, path in sorted(held):
            if over <= 0:
                break
            path.unlink(missing_ok=True)
            over -= size

    def _call(self, call: str, name: str, **more: Any) -> Any:
        """FileNotFoundError when there is no such object."""
        try:
            return getattr(self._client, call)(Bucket=self._bucket, Key=f"{self._prefix}{name}", **more)
        except self._errors as error:
            response: dict[str, Any] = getattr(error, "response", {})
            code = str(response.get("Error", {}).get("Code", ""))
            if code in {"404", "NoSuchKey", "NotFound"}:
                raise FileNotFoundError(name) from error
            raise _away(code or type(error).__name__) from error


def open_objects(url: str, data: Path) -> ObjectStore:
    """The store at this URL, "" for a durable folder in `data`."""
    return S3Store(url, data / "cache") if url else FolderStore(data / "objects")


def _address(url: str) -> tuple[str, str, dict[str, str]]:
    parts = urlsplit(url)
    said = {name: values[-1] for name, values in parse_qs(parts.query).items()}
    if parts.scheme != "s3" or not parts.netloc or not said.keys() <= {"endpoint", "region"}:
        raise _unfit("it is s3://BUCKET/PREFIX?endpoint=URL&region=NAME")
    prefix = parts.path.strip("/")
    return parts.netloc, f"{prefix}/" if prefix else "", said


def _client(said: dict[str, str]) -> tuple[Any, tuple[type[Exception], ...]]:
    try:
        import boto3  # noqa: PLC0415 (only where there is an S3 store: it is large)
        from botocore.config import Config  # noqa: PLC0415
        from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415
    except ImportError as error:
        raise _unfit("the package boto3 is missing") from error
    settings = Config(
        connect_timeout=5,
        read_timeout=30,
        retries={"mode": "standard", "total_max_attempts": 3},
        max_pool_connections=40,
        signature_version="s3v4",
    )
    try:
        client = boto3.client(
            "s3", endpoint_url=said.get("endpoint"), region_name=said.get("region", "us-east-1"), config=settings
        )
    except (BotoCoreError, ValueError) as error:
        raise _unfit(type(error).__name__) from error
    return client, (BotoCoreError, ClientError)


def _unfit(why: str) -> Trouble:
    return Trouble(
        "objects-unfit",
        f"The address of the store of files is not usable ({why}).",
        "The server was not started.",
        "Correct it, or give none: files are then kept in the data folder.",
    )


def _away(why: str) -> Refused:
    return Refused(
        503,
        "objects-away",
        f"The server's store of files does not answer ({why}).",
        "Nothing is lost: computers keep everything and try again by themselves.",
        "Look at the store, its address and the credentials.",
        retry_after=AGAIN_SECONDS,
    )
