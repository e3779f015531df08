"""The seal: nothing is signed for that is missing or does not open, and the server's own outcome is what counts."""

import hashlib
import json
from dataclasses import replace

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from stamp_desktop.engine.events import Noted, SessionFinished
from stamp_desktop.engine.replay import outcome, outcome_bytes
from stamp_desktop.server import admin
from stamp_desktop.server.devices import LETTERS
from stamp_desktop.storage import vault
from stamp_desktop.storage.vault import SessionKey
from stamp_desktop.sync import upload
from stamp_desktop.sync.pieces import Pace
from stamp_desktop.sync.protocol import OUTCOME, Receipt, Seal, SealedRecording, SessionBegin, SessionState
from stamp_desktop.sync.transport import Line, Refused
from stamp_desktop.sync.words import Signed, b64, decode, encode, unb64
from tests.server.test_recordings import kept
from tests.server.test_sessions import at_server, begun
from tests.server_process import ServerProcess
from tests.sync.lab import Seated, in_house


def manifest(seated: Seated) -> Seal:
    head = seated.book.head()
    kept = tuple(SealedRecording(each.id, each.sha256 or "", each.bytes or 0) for each in seated.book.recordings())
    return Seal(seated.book.about.epoch, head.seq, head.hash.hex(), kept)


def sealed(line: Line, seated: Seated, said: Seal | None = None) -> Signed:
    asked = encode(Seal, said or manifest(seated))
    return line.call("POST", f"/v1/sessions/{seated.session}/seal", asked).read(Signed)


def deliver(line: Line, seated: Seated) -> None:
    upload.send_events(line, seated.book, lambda: None)
    for recording in seated.book.unsent_recordings():
        path = seated.computer.folders.session(seated.session).recording(recording.id)
        upload.send_recording(line, seated.book, recording, path, Pace(seated.computer.clock), lambda _: None)


def test_a_receipt_names_what_was_received(seated: Seated, server: ServerProcess) -> None:
    seated.sit()
    with begun(seated.computer.line(), seated) as line:
        deliver(line, seated)
        signed = sealed(line, seated)
        assert sealed(line, seated) == signed, "asked twice, the same receipt"
        said = line.call("GET", f"/v1/sessions/{seated.session}").read(SessionState)
    assert (said.state, said.receipt) == ("sealed", signed)
    key = Ed25519PublicKey.from_public_bytes(seated.computer.device().server_signing_key)
    key.verify(unb64(signed.signature), signed.text.encode())
    with pytest.raises(InvalidSignature):
        key.verify(unb64(signed.signature), signed.text.replace(seated.session, "another").encode())
    receipt = decode(Receipt, signed.text.encode())
    head = seated.book.head()
    assert (receipt.session, receipt.events, receipt.head) == (seated.session, head.seq, head.hash.hex())
    assert receipt.recordings == tuple(each.id for each in seated.book.recordings())
    assert receipt.outcome_sha256 == hashlib.sha256(outcome_bytes(seated.form, seated.now)).hexdigest()
    assert len(receipt.number) == 9
    assert set(receipt.number) <= {*LETTERS, "-"}
    assert at_server(server, seated).alarms == ()
    assert json.loads(in_house(server.data, lambda house: admin.replayed(house, seated.session)).outcome)["finished"] is True


def test_nothing_is_sealed_while_something_is_missing(seated: Seated) -> None:
    seated.sit()
    names = [each.id for each in seated.book.recordings()]
    with begun(seated.computer.line(), seated) as line:
        with pytest.raises(Refused) as refused:
            sealed(line, seated)
        assert (refused.value.status, refused.value.code) == (409, "parts-missing")
        assert (refused.value.number("expected"), refused.value.more["recordings"]) == (1, names)
        upload.send_events(line, seated.book, lambda: None)
        with pytest.raises(Refused) as refused:
            sealed(line, seated)
        assert (refused.value.number("expected"), refused.value.more["recordings"]) == (0, names)
        deliver(line, seated)
        assert decode(Receipt, sealed(line, seated).text.encode()).events == seated.book.head().seq


def test_a_recording_of_another_hash_is_missing(seated: Seated) -> None:
    seated.sit()
    with begun(seated.computer.line(), seated) as line:
        deliver(line, seated)
        said = manifest(seated)
        other = replace(said.recordings[0], sha256="0" * 64)
        with pytest.raises(Refused) as refused:
            sealed(line, seated, replace(said, recordings=(other, *said.recordings[1:])))
    assert refused.value.more["recordings"] == [other.id]


def test_a_recording_that_the_server_has_lost_is_asked_for_again(seated: Seated, server: ServerProcess) -> None:
    seated.sit()
    about = seated.computer.device(), seated.book, 1
    with begun(seated.computer.line(), seated) as line:
        deliver(line, seated)
        lost = seated.book.recordings()[0]
        name = f"recordings/{seated.session}/{lost.id}.{(lost.sha256 or '')[:16]}.rec"
        in_house(server.data, lambda house: house.objects.drop(name))
        assert upload.seal(line, *about) is None
        assert len(seated.book.unsent_recordings()) == 1
        deliver(line, seated)
        assert hashlib.sha256(kept(server, name)).hexdigest() == lost.sha256
        assert upload.seal(line, *about) is not None
    assert at_server(server, seated).alarms == ("recording-lost",)


def test_a_recording_that_was_left_out_raises_an_alarm(seated: Seated, server: ServerProcess) -> None:
    seated.sit()
    with begun(seated.computer.line(), seated) as line:
        deliver(line, seated)
        sealed(line, seated, replace(manifest(seated), recordings=()))
    assert at_server(server, seated).alarms == ("recording-unlisted",) * 3


def test_another_outcome_than_the_servers_raises_an_alarm_and_both_are_kept(seated: Seated, server: ServerProcess) -> None:
    seated.start_of_test()
    seated.answer_all("reading", lambda _: True).answer_all("listening", lambda _: True).write_all()
    seated.speak_all()
    seated.do(SessionFinished())
    seated.do(Noted(OUTCOME, {**outcome(seated.form, seated.now), "login": "somebody"}))
    with begun(seated.computer.line(), seated) as line:
        deliver(line, seated)
        assert decode(Receipt, sealed(line, seated).text.encode()).outcome_sha256
    assert at_server(server, seated).alarms == ("outcome-differs",)
    found = in_house(server.data, lambda house: admin.replayed(house, seated.session))
    assert json.loads(found.claimed)["login"] == "somebody"
    assert found.outcome == outcome_bytes(seated.form, seated.now)


def test_what_does_not_open_gets_no_receipt(seated: Seated, server: ServerProcess) -> None:
    seated.start_of_test()
    device, about = seated.computer.device(), seated.book.about
    wrong = vault.wrap(SessionKey.new(), seated.session, device.server_hpke_key)
    line_of = seated.computer.line_of(seated.session)
    said = SessionBegin(line_of.group_id, line_of.login, device.id, about.epoch, b64(wrong), about.created_ms)
    with seated.computer.line() as line:
        line.call("PUT", f"/v1/sessions/{seated.session}", encode(SessionBegin, said))
        deliver(line, seated)
        with pytest.raises(Refused) as refused:
            sealed(line, seated)
    assert (refused.value.status, refused.value.code) == (409, "seal-broken")
    assert at_server(server, seated).alarms == ("seal-broken",)


def test_a_journal_that_cannot_be_replayed_is_received_with_an_alarm(seated: Seated, server: ServerProcess) -> None:
    seated.start_of_test()
    seated.book.append("rules_accepted", None, b"{}", 1, 1, "boot-1")
    seated.book.append("hocus_pocus", None, b"not even JSON", 1, 1, "boot-1")
    with begun(seated.computer.line(), seated) as line:
        deliver(line, seated)
        assert decode(Receipt, sealed(line, seated).text.encode()).outcome_sha256 == ""
    assert at_server(server, seated).alarms == ("replay-failed",)
