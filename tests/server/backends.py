"""What a server for many sites rests on, of the tests' own: a PostgreSQL cluster on a Unix socket, an S3 store on loopback.

The store is Moto's server: it is installed like any Python package and speaks S3 over HTTP, signatures and all. It keeps
nothing when it ends, and so proves nothing about disks.
"""

import os
import pwd
import shutil
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import boto3
import psycopg
import pytest

PATIENCE = 60.0
NAME = "stamp"


@dataclass(frozen=True)
class Cluster:
    """A PostgreSQL that runs, by the folder of its socket."""

    socket: Path

    def url(self, database: str) -> str:
        return f"postgresql://{NAME}@/{database}?host={self.socket}"

    def new_database(self) -> str:
        """The URL of an empty one."""
        name = f"d{uuid.uuid4().hex}"
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}".encode())
        return self.url(name)

    def drop(self, url: str) -> None:
        """As if the database had never been, whoever is connected."""
        name = url.partition("@/")[2].partition("?")[0]
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


def missing(what: str) -> None:
    """Skip the test; in continuous integration everything has to be there."""
    if os.environ.get("CI"):
        pytest.fail(f"{what} is missing")
    pytest.skip(f"{what} is missing")


@contextmanager
def running_cluster(*, durable: bool = False) -> Iterator[Cluster]:
    """A cluster of a user who is not root, as PostgreSQL demands. Tests that cut no power do without its fsync."""
    folder = _programs()
    if folder is None:
        missing("PostgreSQL (Debian's package postgresql)")
    root = Path(tempfile.mkdtemp(prefix="stamp-pg-"))
    try:
        yield from _running(folder or Path(), root, durable=durable)
    finally:
        shutil.rmtree(root, ignore_errors=True)


def _running(programs: Path, root: Path, *, durable: bool) -> Iterator[Cluster]:
    user: str | None = None
    if os.geteuid() == 0:
        user = "postgres"
        os.chown(root, pwd.getpwnam(user).pw_uid, pwd.getpwnam(user).pw_gid)
    init = [str(programs / "initdb"), "-D", str(root / "data"), "-U", NAME, "-A", "trust", "-E", "UTF8", "--no-sync"]
    subprocess.run(init, user=user, check=True, capture_output=True, cwd=root, timeout=PATIENCE)
    settings = {"listen_addresses": "", "unix_socket_directories": str(root), "fsync": "on" if durable else "off"}
    command = [str(programs / "postgres"), "-D", str(root / "data")]
    for name, value in settings.items():
        command += ["-c", f"{name}={value}"]
    with (root / "log").open("wb") as log:
        process = subprocess.Popen(command, user=user, stdout=log, stderr=log, cwd=root)
    try:
        _wait(Cluster(root), process)
        yield Cluster(root)
    finally:
        process.terminate()
        process.wait(PATIENCE)


def _wait(cluster: Cluster, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            psycopg.connect(cluster.url("postgres")).close()
        except psycopg.OperationalError:
            if process.poll() is not None or time.monotonic() > deadline:
                raise
            time.sleep(0.05)
        else:
            return


def _programs() -> Path | None:
    """Debian keeps them off the path, one folder for each version."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: float(path.parts[-3]))
    on_path = shutil.which("initdb")
    return found[-1].parent if found else Path(on_path).parent if on_path else None


@contextmanager
def running_bucket() -> Iterator[str]:
    """An S3 server in a process of its own, and one bucket of it."""
    keys = {"AWS_ACCESS_KEY_ID": "tests", "AWS_SECRET_ACCESS_KEY": "tests", "AWS_EC2_METADATA_DISABLED": "true"}
    with pytest.MonkeyPatch.context() as patched:
        for name, value in keys.items():
            patched.setenv(name, value)  # for the servers that the tests start, too
        code = "from moto.server import ThreadedMotoServer as S\ns = S('127.0.0.1', 0, verbose=False)\ns.start()\n"
        code += "print(s.get_host_and_port()[1], flush=True)\ninput()\n"
        process = subprocess.Popen(
            [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        try:
            assert process.stdout is not None
            endpoint = f"http://127.0.0.1:{int(process.stdout.readline())}"
            boto3.client("s3", endpoint_url=endpoint, region_name="us-east-1").create_bucket(Bucket="stamp")
            yield f"s3://stamp?endpoint={endpoint}"
        finally:
            process.kill()
            process.communicate(timeout=PATIENCE)
