from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from stamp_desktop.storage.folders import Folders, SessionFolder
from stamp_desktop.storage.journal import Entry, Journal, RecordingBegun, RecordingEnded, quarantine
from stamp_desktop.storage.keys import FileKeyStore, KeyStore
from stamp_desktop.storage.reader import Receipt
from stamp_desktop.storage.recordings import RecordingFile
from stamp_desktop.storage.retention import key_name, purge, received
from stamp_desktop.storage.vault import SessionKey
from stamp_desktop.trouble import Trouble

SERVER = Ed25519PrivateKey.from_private_bytes(bytes(32))
PINNED = [SERVER.public_key().public_bytes_raw()]
DAY = 86_400_000


def receipt(session: str = "s1", server: Ed25519PrivateKey = SERVER) -> Receipt:
    signed = b'{"session":"%s"}' % session.encode()
    return Receipt("K7-4M", signed, server.sign(signed), wall_ms=DAY)


@pytest.fixture
def folder(tmp_path: Path) -> SessionFolder:
    return Folders(tmp_path).make_session("s1")


@pytest.fixture
def keys(tmp_path: Path, key: SessionKey) -> KeyStore:
    store = FileKeyStore(tmp_path / "keys")
    store.put(key_name("s1"), key.raw)
    return store


@pytest.fixture
def journal(folder: SessionFolder, key: SessionKey) -> Iterator[Journal]:
    opened = Journal.create(folder.journal, "s1", key, b"", 0)
    file = RecordingFile.create(folder.recording("r1"), key, "s1", "r1", 16)
    opened.append_all([Entry("recording_began", "p1", b"", 0, 0, "b", RecordingBegun("r1"))])
    opened.append_all([Entry("recording_ended", "p1", b"", 0, 0, "b", RecordingEnded("r1", file.finish()))])
    yield opened
    opened.close()


def refusal(folder: SessionFolder, now_ms: int = 10 * DAY) -> str:
    with pytest.raises(Trouble) as trouble:
        purge(folder, PINNED, now_ms, keep_ms=DAY)
    assert folder.journal.exists()
    assert folder.recording("r1").exists()
    return trouble.value.code


def test_the_key_goes_only_with_a_receipt_of_the_pinned_server_for_this_session(journal: Journal, keys: KeyStore) -> None:
    for false in (receipt(server=Ed25519PrivateKey.generate()), receipt(session="s2")):
        with pytest.raises(Trouble) as trouble:
            received(journal, false, PINNED, keys)
        assert trouble.value.code == "receipt-false"
        assert journal.receipt() is None
        assert keys.get(key_name("s1")) is not None
    for _ in range(2):
        received(journal, receipt(), PINNED, keys)
        assert journal.receipt() == receipt()
        assert keys.get(key_name("s1")) is None


def test_a_session_stays_until_everything_of_it_was_received_and_its_time_has_passed(
    journal: Journal, folder: SessionFolder
) -> None:
    assert refusal(folder) == "session-open-elsewhere"
    journal.mark_acked(2)
    journal.mark_received("r1")
    journal._lock.release()  # the connection stays, to change the journal between the attempts
    assert refusal(folder) == "not-received"
    journal.store_receipt(receipt())
    journal.mark_received("r1", received=False)
    assert refusal(folder) == "not-received"
    journal.mark_received("r1")
    journal.mark_acked(1)
    assert refusal(folder) == "not-received"
    journal.mark_acked(2)
    assert refusal(folder, now_ms=2 * DAY - 1) == "kept-for-now"
    journal.close()
    for _ in range(2):
        purge(folder, PINNED, 2 * DAY, keep_ms=DAY)
        assert not folder.path.exists()


def test_a_recording_that_has_not_ended_keeps_its_session(journal: Journal, folder: SessionFolder) -> None:
    journal.append_all([Entry("recording_began", "p1", b"", 0, 0, "b", RecordingBegun("r2"))])
    journal.mark_acked(3)
    journal.mark_received("r1")
    journal.store_receipt(receipt())
    journal.close()
    assert refusal(folder) == "not-received"


def test_a_false_receipt_in_the_journal_lets_nothing_go(journal: Journal, folder: SessionFolder) -> None:
    journal.mark_acked(2)
    journal.mark_received("r1")
    journal.store_receipt(receipt(session="s2"))
    journal.close()
    assert refusal(folder) == "receipt-false"


def test_what_was_quarantined_is_never_purged(journal: Journal, folder: SessionFolder) -> None:
    journal.close()
    aside = quarantine(folder.journal)
    purge(folder, PINNED, 10 * DAY, keep_ms=DAY)
    assert (aside / "journal.db").exists()
    assert folder.recording("r1").exists()
