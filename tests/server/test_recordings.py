"""Recordings at the server: resumable by pieces, each checked, the whole checked at the end."""

import base64
import hashlib
import socket
from pathlib import Path

import pytest

from stamp_desktop.server.admin import pcm
from stamp_desktop.sync import upload
from stamp_desktop.sync.transport import Line, Refused
from tests.server_process import ServerProcess
from tests.sync.lab import RATE, Seated, in_house

TUS = {"Tus-Resumable": "1.0.0"}


def created(line: Line, session: str, name: str, data: bytes, sha256: str = "") -> str:
    said = {"session": session, "recording": name, "sha256": sha256 or hashlib.sha256(data).hexdigest()}
    metadata = ",".join(f"{key} {base64.b64encode(value.encode()).decode()}" for key, value in said.items())
    answer = line.call("POST", "/v1/recordings", headers={**TUS, "Upload-Length": str(len(data)), "Upload-Metadata": metadata})
    assert answer.status == 201
    return answer.headers["Location"]


def piece_headers(piece: bytes, at: int) -> dict[str, str]:
    digest = base64.b64encode(hashlib.sha256(piece).digest()).decode()
    form = {"Content-Type": "application/offset+octet-stream", "Upload-Checksum": f"sha256 {digest}"}
    return {**TUS, **form, "Upload-Offset": str(at)}


def sent(line: Line, where: str, piece: bytes, at: int) -> int:
    return line.call("PATCH", where, piece, piece_headers(piece, at)).number("Upload-Offset")


def offset(line: Line, where: str) -> int:
    return line.call("HEAD", where, headers=TUS).number("Upload-Offset")


@pytest.fixture
def line(seated: Seated) -> Line:
    line = seated.computer.line()
    upload.begin(line, seated.computer.device(), seated.computer.line_of(seated.session), seated.book)
    return line


@pytest.fixture
def recording(seated: Seated) -> bytes:
    seated.say("rec-1", seconds=4)
    return seated.computer.folders.session(seated.session).recording("rec-1").read_bytes()


def kept(server: ServerProcess, name: str) -> bytes:
    """A file of the server's store."""
    path = in_house(server.data, lambda house: house.objects.file(name))
    assert isinstance(path, Path)
    return path.read_bytes()


def kept_name(seated: Seated, recording: bytes, name: str = "rec-1") -> str:
    """Where the server keeps it."""
    return f"recordings/{seated.session}/{name}.{hashlib.sha256(recording).hexdigest()[:16]}.rec"


def test_a_recording_arrives_in_pieces(line: Line, seated: Seated, recording: bytes, server: ServerProcess) -> None:
    name = f"rec-{seated.session}"
    where = created(line, seated.session, name, recording)
    half = len(recording) // 2
    assert sent(line, where, recording[:half], 0) == half
    assert offset(line, where) == half
    assert created(line, seated.session, name, recording) == where, "asked again, the same place"
    assert sent(line, where, recording[half:], half) == len(recording)
    assert offset(line, where) == len(recording)
    assert kept(server, kept_name(seated, recording, name)) == recording
    line.close()


def test_the_server_can_open_what_it_received(line: Line, seated: Seated, server: ServerProcess) -> None:
    name = f"rec-{seated.session}"
    seated.say(name, seconds=2)
    data = seated.computer.folders.session(seated.session).recording(name).read_bytes()
    sent(line, created(line, seated.session, name, data), data, 0)
    sound, rate = in_house(server.data, lambda house: pcm(house, name))
    assert (len(sound), rate) == (2 * 2 * RATE, RATE)
    line.close()


def test_a_piece_that_breaks_off_leaves_nothing(line: Line, seated: Seated, recording: bytes, server: ServerProcess) -> None:
    where = created(line, seated.session, "rec-1", recording)
    sent(line, where, recording[:1000], 0)
    piece = recording[1000:]
    prepared = line.prepared("PATCH", where, piece, piece_headers(piece, 1000))
    head = f"PATCH {where} HTTP/1.1\r\nHost: localhost\r\n"
    head += "".join(f"{name}: {value}\r\n" for name, value in prepared.headers.items()) + "\r\n"
    with socket.create_connection(("127.0.0.1", server.port)) as wire:
        wire.sendall(head.encode() + piece[: len(piece) // 2])
        assert offset(line, where) == 1000, "the half-sent piece holds nothing up"
    assert offset(line, where) == 1000
    assert sent(line, where, piece, 1000) == len(recording)
    line.close()


def test_what_lies_behind_the_committed_offset_is_cut_off(
    line: Line, seated: Seated, recording: bytes, server: ServerProcess
) -> None:
    where = created(line, seated.session, "rec-1", recording)
    sent(line, where, recording[:1000], 0)
    part = server.data / "incoming" / f"{where.rpartition('/')[2]}.part"
    with part.open("ab") as file:
        file.write(b"what a power cut left" * 9999)
    assert sent(line, where, recording[1000:], 1000) == len(recording)
    line.close()


def test_an_altered_piece_is_refused(line: Line, seated: Seated, recording: bytes) -> None:
    where = created(line, seated.session, "rec-1", recording)
    with pytest.raises(Refused) as refused:
        line.call("PATCH", where, recording[:100], piece_headers(recording[1:101], 0))
    assert (refused.value.status, refused.value.code) == (460, "piece-altered")
    assert offset(line, where) == 0
    line.close()


def test_a_recording_that_is_not_what_it_should_be_is_taken_again(line: Line, seated: Seated, recording: bytes) -> None:
    where = created(line, seated.session, "rec-1", recording)
    wrong = bytes(len(recording))
    with pytest.raises(Refused) as refused:
        sent(line, where, wrong, 0)
    assert (refused.value.status, refused.value.code) == (460, "recording-altered")
    assert offset(line, where) == 0
    assert sent(line, where, recording, 0) == len(recording)
    line.close()


def test_a_piece_at_another_place_is_refused(line: Line, seated: Seated, recording: bytes) -> None:
    where = created(line, seated.session, "rec-1", recording)
    for at, piece in ((1, recording[1:]), (0, recording + b"!")):
        with pytest.raises(Refused) as refused:
            sent(line, where, piece, at)
        assert (refused.value.status, refused.value.code, refused.value.number("offset")) == (409, "offset-other", 0)
    line.close()


@pytest.mark.parametrize(
    ("changed", "status"),
    [
        ({"Content-Type": "audio/flac"}, 415),
        ({"Upload-Checksum": "md5 AAAA"}, 400),
        ({"Upload-Offset": "-1"}, 400),
        ({"Tus-Resumable": "0.2.2"}, 412),
    ],
)
def test_what_is_not_tus_is_refused(line: Line, seated: Seated, recording: bytes, changed: dict[str, str], status: int) -> None:
    where = created(line, seated.session, "rec-1", recording)
    with pytest.raises(Refused) as refused:
        line.call("PATCH", where, recording, {**piece_headers(recording, 0), **changed})
    assert refused.value.status == status
    line.close()


@pytest.mark.parametrize("length", ["0", "x", str(2**40)])
def test_no_recording_is_empty_or_endless(line: Line, length: str) -> None:
    metadata = ",".join(f"{key} {base64.b64encode(b'a' * 64).decode()}" for key in ("session", "recording", "sha256"))
    with pytest.raises(Refused) as refused:
        line.call("POST", "/v1/recordings", headers={**TUS, "Upload-Length": length, "Upload-Metadata": metadata})
    assert refused.value.status in {400, 413}
    line.close()


def test_a_server_that_is_killed_goes_on_where_it_said_it_was(
    line: Line, seated: Seated, recording: bytes, server: ServerProcess
) -> None:
    where, at = created(line, seated.session, "rec-1", recording), 0
    for end in (20_000, 40_000, len(recording)):
        at = sent(line, where, recording[at:end], at)
        server.kill()
        server.start_again()
        assert offset(line, where) == at == end
    line.close()


def test_a_recording_that_was_kept_when_the_server_died_is_whole(
    line: Line, seated: Seated, recording: bytes, server: ServerProcess
) -> None:
    where = created(line, seated.session, "rec-1", recording)
    sent(line, where, recording[:1000], 0)
    whole = server.data / "incoming" / "whole"
    whole.write_bytes(recording)
    in_house(server.data, lambda house: house.objects.keep(kept_name(seated, recording), whole))
    (server.data / "incoming" / f"{where.rpartition('/')[2]}.part").unlink()
    assert sent(line, where, recording[1000:], 1000) == len(recording)
    line.close()
