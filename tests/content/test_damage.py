"""A package that is damaged, cut, forged or hostile is refused by name, and nothing of it is used."""

import hashlib
import json
import random
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from stamp_desktop.content.keys import new_publisher_key, seal, unseal
from stamp_desktop.content.manifest import ANSWERS, MANIFEST, SIGNATURE, TEXTS, Manifest, Part, decode, encode
from stamp_desktop.content.plain import canonical
from stamp_desktop.content.reader import open_package
from stamp_desktop.trouble import Trouble
from tests.content.small import SmallPackage

Files = dict[str, bytes]


def members(small: SmallPackage) -> Files:
    with zipfile.ZipFile(small.path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def repack(path: Path, files: Files, packing: int = zipfile.ZIP_STORED) -> Path:
    with zipfile.ZipFile(path, "w", packing) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def refused(path: Path, small: SmallPackage) -> Trouble:
    with pytest.raises(Trouble) as caught:
        open_package(path, small.trusted, small.keys)
    assert caught.value.advice.meaning == "Nothing of this package is used."
    assert caught.value.advice.todo
    return caught.value


def signed(files: Files, manifest: Manifest, key: Ed25519PrivateKey) -> Files:
    raw = encode(manifest)
    return {**files, MANIFEST: raw, SIGNATURE: key.sign(raw)}


def with_part(small: SmallPackage, path: str, sealed: bytes, media_type: str = "application/json") -> Files:
    """The package with one part replaced or added, signed by its publisher as if it had been built so."""
    files = members(small)
    manifest = decode(files[MANIFEST])
    kept = [part for part in manifest.parts if part.path != path]
    part = Part(path, hashlib.sha256(sealed).hexdigest(), len(sealed), media_type)
    return signed({**files, path: sealed}, replace(manifest, parts=(*kept, part)), small.signing_key)


def test_the_repacked_package_opens(small: SmallPackage, tmp_path: Path) -> None:
    """What the tests below refuse, they refuse for the damage."""
    deflated = repack(tmp_path / "deflated.stamp", members(small), zipfile.ZIP_DEFLATED)
    assert open_package(deflated, small.trusted, small.keys).hash == open_package(small.path, small.trusted, small.keys).hash


def test_a_package_cut_at_any_length_is_refused(small: SmallPackage, tmp_path: Path) -> None:
    whole = small.path.read_bytes()
    cut = tmp_path / "cut.stamp"
    for length in sorted({0, 1, 3, 4, 21, 22, *range(100, len(whole), 997), *range(len(whole) - 60, len(whole))}):
        cut.write_bytes(whole[:length])
        assert refused(cut, small).code == "package-truncated", length


def test_bytes_behind_the_end_are_refused(small: SmallPackage, tmp_path: Path) -> None:
    longer = tmp_path / "longer.stamp"
    longer.write_bytes(small.path.read_bytes() + b"more")
    assert refused(longer, small).code == "package-altered"


def test_what_is_no_package_is_called_so(small: SmallPackage, tmp_path: Path) -> None:
    picture = tmp_path / "picture.stamp"
    picture.write_bytes(b"\x89PNG not a package")
    assert refused(picture, small).code == "package-unreadable"
    assert refused(tmp_path / "nowhere.stamp", small).code == "package-unreadable"


def test_a_changed_byte_in_any_part_is_refused_and_the_part_named(small: SmallPackage, tmp_path: Path) -> None:
    files = members(small)
    for name, content in files.items():
        for place in (0, len(content) // 2, len(content) - 1):
            changed = bytearray(content)
            changed[place] ^= 0x20
            path = repack(tmp_path / "changed.stamp", {**files, name: bytes(changed)})
            trouble = refused(path, small)
            assert trouble.code in {"package-altered", "package-untrusted"}, name
            assert name in trouble.advice.what


def test_a_changed_byte_anywhere_in_the_file_changes_nothing_that_is_used(small: SmallPackage, tmp_path: Path) -> None:
    whole = small.path.read_bytes()
    right = open_package(small.path, small.trusted, small.keys)
    directory = len(whole) - 22 - int.from_bytes(whole[-10:-6], "little")
    places = [*range(60), *range(directory, len(whole), 3), *random.Random(1).sample(range(len(whole)), 100)]
    changed = tmp_path / "changed.stamp"
    codes = []
    for place in places:
        changed.write_bytes(whole[:place] + bytes([whole[place] ^ 0x41]) + whole[place + 1 :])
        try:
            package = open_package(changed, small.trusted, small.keys)
        except Trouble as trouble:
            codes.append(trouble.code)
        else:
            # a date or an attribute of the zip: nobody reads it
            assert (package.hash, package.bank) == (right.hash, right.bank)
    assert len(codes) > len(places) / 2
    assert all(code.startswith("package-") for code in codes)


def test_parts_that_changed_places_are_refused(small: SmallPackage, tmp_path: Path) -> None:
    files = members(small)
    media = [name for name in files if name.startswith("media/")]
    for one, other in ((TEXTS, ANSWERS), (media[0], media[1]), (TEXTS, media[0])):
        path = repack(tmp_path / "swapped.stamp", {**files, one: files[other], other: files[one]})
        assert refused(path, small).code == "package-altered"


def test_a_missing_part_is_refused_and_named(small: SmallPackage, tmp_path: Path) -> None:
    files = members(small)
    for name in files:
        path = repack(tmp_path / "missing.stamp", {kept: content for kept, content in files.items() if kept != name})
        trouble = refused(path, small)
        assert trouble.code == ("package-unsigned" if name == SIGNATURE else "package-altered")
        assert name in trouble.advice.what


def test_an_added_part_is_refused(small: SmallPackage, tmp_path: Path) -> None:
    name = "media/" + "0" * 64
    trouble = refused(repack(tmp_path / "added.stamp", {**members(small), name: b"x"}), small)
    assert trouble.code == "package-altered"
    assert name in trouble.advice.what


@pytest.mark.parametrize("name", ["../evil", "/etc/passwd", "media/../texts", "a\\b", "readme.txt", "media/", "texts\0x"])
def test_names_that_no_package_has_are_refused(small: SmallPackage, tmp_path: Path, name: str) -> None:
    path = repack(tmp_path / "names.stamp", members(small))
    stand_in = "Z" * len(name)
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr(stand_in, b"x")
    path.write_bytes(path.read_bytes().replace(stand_in.encode(), name.encode()))
    assert refused(path, small).code == "package-path"


@pytest.mark.filterwarnings("ignore:Duplicate name")  # zipfile warns us that we do what we want to do
def test_a_part_that_is_there_twice_is_refused(small: SmallPackage, tmp_path: Path) -> None:
    path = repack(tmp_path / "twice.stamp", members(small))
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr(TEXTS, b"other texts")
    trouble = refused(path, small)
    assert trouble.code == "package-altered"
    assert TEXTS in trouble.advice.what


def test_an_unsigned_package_is_refused(small: SmallPackage, tmp_path: Path) -> None:
    path = repack(tmp_path / "unsigned.stamp", {**members(small), SIGNATURE: b""})
    assert refused(path, small).code == "package-unsigned"


def test_another_publisher_is_not_trusted(small: SmallPackage, tmp_path: Path) -> None:
    stranger = new_publisher_key()
    with pytest.raises(Trouble) as caught:
        open_package(small.path, (stranger.public_key(),), small.keys)
    assert caught.value.code == "package-untrusted"
    with pytest.raises(Trouble) as caught:
        open_package(small.path, (), small.keys)
    assert caught.value.code == "package-untrusted"
    # a stranger who signs in the name of the publisher
    files = members(small)
    path = repack(tmp_path / "forged.stamp", {**files, SIGNATURE: stranger.sign(files[MANIFEST])})
    assert refused(path, small).code == "package-altered"


def test_another_format_version_is_refused_whoever_signed_it(small: SmallPackage, tmp_path: Path) -> None:
    files = members(small)
    files = signed(files, replace(decode(files[MANIFEST]), format=3), small.signing_key)
    trouble = refused(repack(tmp_path / "version.stamp", files), small)
    assert trouble.code == "package-version"
    assert "format 3" in trouble.advice.what


def test_a_package_of_format_1_is_still_read(small: SmallPackage, tmp_path: Path) -> None:
    """Its records lack what format 2 added; the defaults stand for it."""
    files = members(small)
    manifest = decode(files[MANIFEST])
    old = replace(manifest, format=1)
    bank = json.loads(unseal(small.keys.answers, manifest.place, ANSWERS, files[ANSWERS]))
    for each in bank["sets"]:
        del each["module"]
        for item in each["items"]:
            del item["model"], item["steps"], item["rapid_ms"]
    parts = []
    for part in manifest.parts:
        key = small.keys.answers if part.path == ANSWERS else small.keys.content
        content = canonical(bank) if part.path == ANSWERS else unseal(key, manifest.place, part.path, files[part.path])
        sealed = files[part.path] = seal(key, old.place, part.path, content)
        parts.append(Part(part.path, hashlib.sha256(sealed).hexdigest(), len(sealed), part.media_type))
    path = repack(tmp_path / "old.stamp", signed(files, replace(old, parts=tuple(parts)), small.signing_key))
    item = open_package(path, small.trusted, small.keys).bank.sets[0].items[0]
    assert (item.model, item.steps, item.rapid_ms) == ("4PL", (), 0)


def test_a_manifest_of_another_shape_is_refused(small: SmallPackage, tmp_path: Path) -> None:
    files = members(small)
    facts = json.loads(files[MANIFEST])
    for raw in (
        b"",
        b"[]",
        b"{}",
        b"[" * 100_000,
        b'{"format":1}',
        canonical({**facts, "more": 1}),
        canonical({**facts, "title": 7}),
        canonical({**facts, "sections": [{}]}),
        json.dumps(facts).encode(),
    ):
        path = repack(tmp_path / "shape.stamp", {**files, MANIFEST: raw, SIGNATURE: small.signing_key.sign(raw)})
        assert refused(path, small).code == "package-altered", raw[:40]


def test_parts_made_for_another_place_are_refused(small: SmallPackage, tmp_path: Path) -> None:
    """Even when the publisher signs it: the part is bound to package, version and path."""
    place = decode(members(small)[MANIFEST]).place
    for bound, part in ((place.replace(b"1.0.0", b"0.9.0"), TEXTS), (place, ANSWERS)):
        files = with_part(small, TEXTS, seal(small.keys.content, bound, part, b"{}"))
        trouble = refused(repack(tmp_path / "place.stamp", files), small)
        assert trouble.code == "package-contents"
        assert TEXTS in trouble.advice.what


def test_contents_that_no_test_has_are_refused(small: SmallPackage, tmp_path: Path) -> None:
    place = decode(members(small)[MANIFEST]).place
    for content in (b"", b"no json", b"[]", b'{"prompts":[]}', b'{"prompts":[],"sets":[7]}', b"[" * 100_000):
        files = with_part(small, ANSWERS, seal(small.keys.answers, place, ANSWERS, content))
        trouble = refused(repack(tmp_path / "contents.stamp", files), small)
        assert trouble.code == "package-contents"
        assert ANSWERS in trouble.advice.what


def test_questions_without_a_text_are_found_when_the_package_is_opened(small: SmallPackage, tmp_path: Path) -> None:
    files = members(small)
    place = decode(files[MANIFEST]).place
    texts = json.loads(unseal(small.keys.content, place, TEXTS, files[TEXTS]))
    texts["items"] = [item for item in texts["items"] if item["id"] != "r4-2-1"]
    files = with_part(small, TEXTS, seal(small.keys.content, place, TEXTS, canonical(texts)))
    trouble = refused(repack(tmp_path / "missing.stamp", files), small)
    assert trouble.code == "package-contents"
    assert "r4-2-1" in trouble.advice.what


def test_a_file_that_changes_after_it_was_opened_gives_no_wrong_picture(small: SmallPackage, tmp_path: Path) -> None:
    path = repack(tmp_path / "later.stamp", members(small))
    package = open_package(path, small.trusted, small.keys)
    name = package.passage("r3-1").picture
    repack(path, {**members(small), f"media/{name}": b"something else"})
    with pytest.raises(Trouble) as caught:
        package.media(name)
    assert caught.value.code == "package-altered"
    path.unlink()
    with pytest.raises(Trouble) as caught:
        package.media(name)
    assert caught.value.code == "package-unreadable"


def zeros(small: SmallPackage, path: Path) -> None:
    """One part that unpacks to more than a part may have."""
    repack(path, {**members(small), TEXTS: bytes(2**20)}, zipfile.ZIP_DEFLATED)


def many(_: SmallPackage, path: Path) -> None:
    repack(path, {f"{number}": b"" for number in range(20_001)})


def huge_manifest(small: SmallPackage, path: Path) -> None:
    repack(path, {**members(small), MANIFEST: random.Random(2).randbytes(8 * 2**20 + 1)})


def overlapping(small: SmallPackage, path: Path) -> None:
    """Many entries of the directory that all point to the same stored bytes."""
    content = random.Random(3).randbytes(100_000)
    path.write_bytes(b"")
    repack(path, {**members(small), TEXTS: content})
    with zipfile.ZipFile(path, "a") as archive:
        original = archive.getinfo(TEXTS)
        for number in range(40):
            entry = zipfile.ZipInfo(f"media/{number:064x}")
            for field in ("CRC", "compress_size", "file_size", "header_offset"):
                setattr(entry, field, getattr(original, field))
            archive.filelist.append(entry)
        archive.writestr("media/" + "f" * 64, b"an entry that is added has the directory written again, with the others")


@pytest.mark.parametrize("bomb", [zeros, many, huge_manifest, overlapping])
def test_a_bomb_is_refused_before_it_is_unpacked(
    small: SmallPackage, tmp_path: Path, bomb: Callable[[SmallPackage, Path], None]
) -> None:
    bomb(small, tmp_path / "bomb.stamp")
    assert refused(tmp_path / "bomb.stamp", small).code == "package-bomb"
