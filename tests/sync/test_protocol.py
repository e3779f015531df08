"""The wire's words: exact both ways, and refused when they are anything else."""

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stamp_desktop.storage.chain import GENESIS, Row
from stamp_desktop.sync import protocol, signing, words
from stamp_desktop.sync.protocol import Acked, WireEvent
from stamp_desktop.sync.words import Refusal, decode, encode
from stamp_desktop.trouble import Trouble

ROW = Row(1, "a" * 32, "ticked", None, 5, 6, "boot", b"\x00sealed", GENESIS, b"\x01" * 32)


@given(st.binary())
def test_bytes_travel_as_base64url_and_back(raw: bytes) -> None:
    assert words.unb64(words.b64(raw)) == raw


@pytest.mark.parametrize("text", ["=", "a", "QQ==", "QR", "a+b/", "ä", "QQ\n", " QQ"])
def test_base64url_is_taken_in_one_form_only(text: str) -> None:
    with pytest.raises(Trouble) as refused:
        words.unb64(text)
    assert refused.value.code == "words-unknown"


@pytest.mark.parametrize("item", [None, "", "r5-1"])
def test_a_row_is_the_same_after_its_way(item: str | None) -> None:
    row = replace(ROW, item=item)
    raw = encode(WireEvent, protocol.wire_event(row))
    assert protocol.row_of(decode(WireEvent, raw)) == row


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"[]",
        b"null",
        b"{}",
        b"\xff",
        b"[" * 100_000,
        b'{"acked_through":1,"head":"x"}',
        b'{"acked_through":true,"head":"x","fork":false}',
        b'{"acked_through":1,"head":"x","fork":false,"more":1}',
    ],
)
def test_what_is_not_exactly_the_record_is_refused(raw: bytes) -> None:
    with pytest.raises(Trouble) as refused:
        decode(Acked, raw)
    assert refused.value.code == "words-unknown"


def test_a_refusal_carries_advice_and_facts() -> None:
    refusal = Refusal("events-missing", "Events are missing.", "", "Wait.", {"expected": 7})
    assert Refusal.decode(refusal.encode()) == refusal
    assert json.loads(refusal.encode())["expected"] == 7


@pytest.mark.parametrize("raw", [b"<html>", b"{}", b'{"code":1,"what":"","meaning":"","todo":""}', b"3"])
def test_what_a_proxy_says_is_no_refusal(raw: bytes) -> None:
    with pytest.raises(Trouble):
        Refusal.decode(raw)


def test_an_authorization_is_read_as_it_was_written() -> None:
    signature = bytes(range(64))
    assert signing.read_authorization(signing.authorization("d-1", 17, signature)) == ("d-1", 17, signature)


@pytest.mark.parametrize("value", ["", "Bearer x", "Stamp1 device=, ts=1, sig=", "Stamp1 device=a, ts=x, sig=" + "A" * 86])
def test_another_authorization_is_refused(value: str) -> None:
    with pytest.raises(Trouble):
        signing.read_authorization(value)


def test_everything_that_matters_is_signed() -> None:
    signed = {
        signing.to_sign(*request)
        for request in [
            ("GET", "/v1/roster?cursor=", 1, b""),
            ("PUT", "/v1/roster?cursor=", 1, b""),
            ("GET", "/v1/roster?cursor=1", 1, b""),
            ("GET", "/v1/roster?cursor=", 2, b""),
            ("GET", "/v1/roster?cursor=", 1, b"x"),
        ]
    }
    assert len(signed) == 5


@pytest.mark.parametrize("name", ["", "../x", "a/b", "a" * 81, "-a", "a b"])
def test_an_id_that_is_no_file_name_is_refused(name: str) -> None:
    with pytest.raises(Trouble):
        words.checked_id(name)
