"""Whose policy it is, and that nobody else's comes into force."""

import json
import os
from pathlib import Path

import pytest

from stamp_desktop.cli import main
from stamp_desktop.content.keys import new_publisher_key, publisher_id, save_publisher_key
from stamp_desktop.kiosk.home import Home
from stamp_desktop.kiosk.policy import Policy, digest
from stamp_desktop.kiosk.signed_policy import ADMINISTRATOR, BUILT_IN, in_force, sign
from stamp_desktop.trouble import Trouble

KEY, OTHER = new_publisher_key(), new_publisher_key()


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """A station that trusts one publisher, with a policy that this user could have written."""
    made = Home(tmp_path / "station")
    made.make()
    (made.data / "publishers").mkdir()
    save_publisher_key(tmp_path / "publisher.pem", KEY).replace(made.data / "publishers" / "avant.pub")
    made.policy.write_text(json.dumps({"screens": 2}), encoding="utf-8")
    made.policy.chmod(0o666)
    return made


def test_without_a_file_the_programs_own_is_in_force(tmp_path: Path) -> None:
    found = in_force(Home(tmp_path))
    assert (found.signed_by, digest(found)) == (BUILT_IN, digest(Policy()))


def test_a_policy_that_a_trusted_publisher_signed_is_in_force(home: Home) -> None:
    sign(home, KEY)
    found = in_force(home)
    assert (found.screens, found.signed_by) == (2, publisher_id(KEY.public_key()))


@pytest.mark.parametrize("edit", ["nothing is signed", "somebody else signed", "edited after it was signed", "no signature"])
def test_any_other_is_refused(home: Home, edit: str) -> None:
    sign(home, OTHER if edit == "somebody else signed" else KEY)
    if edit == "nothing is signed":
        home.policy_signature.unlink()
    elif edit == "edited after it was signed":
        home.policy.write_text(json.dumps({"screens": 9}), encoding="utf-8")
    elif edit == "no signature":
        home.policy_signature.write_text("signed, honestly", encoding="utf-8")
    with pytest.raises(Trouble, match="not signed by anybody") as raised:
        in_force(home)
    assert raised.value.code == "kiosk-policy-unsigned"


@pytest.mark.skipif(
    not os.environ.get("CI") and (os.name != "posix" or os.getuid() != 0), reason="only root can make a file root's"
)
def test_a_policy_that_only_an_administrator_can_have_written_is_in_force(home: Home) -> None:
    home.policy.chmod(0o644)
    assert in_force(home).signed_by == ADMINISTRATOR


def test_policies_of_the_same_content_have_the_same_digest(home: Home) -> None:
    sign(home, KEY)
    first = digest(in_force(home))
    home.policy.write_text(json.dumps({"screens": 2}, indent=2), encoding="utf-8")
    sign(home, KEY)
    assert digest(in_force(home)) == first
    assert digest(Policy()) != first


def test_an_organization_signs_from_the_command_line(home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["kiosk", "policy", "--data", str(home.data)]
    assert main(words) == 1
    assert "kiosk-policy-unsigned" in capsys.readouterr().err
    assert main([*words, "--sign", str(home.data.parent / "publisher.pem")]) == 0
    printed = capsys.readouterr()
    assert json.loads(printed.out)["screens"] == 2
    assert publisher_id(KEY.public_key()) in printed.err
