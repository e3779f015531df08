"""Somebody else's tus client against this server. A door in between signs, which that client does not know of."""

import hashlib
import io
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from tusclient.client import TusClient
from tusclient.exceptions import TusUploadFailed

from stamp_desktop.sync.transport import Line
from tests.server.test_recordings import kept, kept_name
from tests.server.test_sessions import begun
from tests.server_process import ServerProcess
from tests.sync.lab import Seated

PASSED = ("Tus-Resumable", "Upload-Length", "Upload-Metadata", "Upload-Offset", "Upload-Checksum", "Content-Type")


@contextmanager
def signing_door(line: Line, *, spoiled: bool = False) -> Iterator[str]:
    """An address whose calls are made as the station's; `spoiled` changes what it carries."""

    class Door(BaseHTTPRequestHandler):
        def handle_any(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            body = body[:-1] + b"!" if spoiled and body else body
            headers = {name: self.headers[name] for name in PASSED if name in self.headers}
            prepared = line.prepared(self.command, self.path, body, headers)
            answer = line.sent(prepared)
            self.send_response(answer.status_code)
            for name in ("Location", "Upload-Offset", "Upload-Length", "Tus-Resumable"):
                if name in answer.headers:
                    self.send_header(name, answer.headers[name])
            self.send_header("Content-Length", "0")
            self.end_headers()

        do_POST = do_HEAD = do_PATCH = handle_any

        def log_message(self, *_: object) -> None:
            """Nothing is printed."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Door)
    server.daemon_threads = False
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/v1/recordings"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def uploader(client: TusClient, seated: Seated, path: Path, url: str | None = None) -> Any:
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    said = {"session": seated.session, "recording": "r", "sha256": sha256}
    return client.uploader(
        file_stream=io.BytesIO(path.read_bytes()), chunk_size=100_000, metadata=said, upload_checksum=True, url=url
    )


def test_a_ready_made_client_uploads_breaks_off_and_goes_on(seated: Seated, server: ServerProcess) -> None:
    seated.say("r", 30)
    path = seated.computer.folders.session(seated.session).recording("r")
    with begun(seated.computer.line(), seated) as line, signing_door(line) as url:
        client = TusClient(url)
        first = uploader(client, seated, path)
        first.upload_chunk()
        first.upload_chunk()
        second = uploader(TusClient(url), seated, path, first.url)
        assert second.offset == 200_000, "another client, another day: where the first stopped"
        second.upload()
        again = uploader(TusClient(url), seated, path)
        again.set_url(again.create_url())
        assert again.url == first.url
        assert again.get_offset() == path.stat().st_size
    assert kept(server, kept_name(seated, path.read_bytes(), "r")) == path.read_bytes()


def test_it_is_told_of_a_piece_that_was_altered(seated: Seated) -> None:
    seated.say("r", 10)
    path = seated.computer.folders.session(seated.session).recording("r")
    with begun(seated.computer.line(), seated) as line, signing_door(line, spoiled=True) as url:
        made = uploader(TusClient(url), seated, path)
        with pytest.raises(TusUploadFailed) as failed:
            made.upload()
        assert failed.value.status_code == 460
        assert made.get_offset() == 0
