from dataclasses import replace

import pytest

from stamp_desktop.engine.items import ChoiceKey, ChoiceResponse, GapKey, GapResponse, Item, Response, TextResponse
from stamp_desktop.engine.responses import score
from stamp_desktop.trouble import Trouble
from tests.engine.bank import item

BOTH = replace(item("i"), key=ChoiceKey(frozenset({"a", "c"})))
GAPS = replace(item("i"), key=GapKey({"g1": ("café", "cafe"), "g2": ("Straße",)}))


@pytest.mark.parametrize(("taken", "points"), [(("a", "c"), 1), (("c", "a"), 1), (("a",), 0), (("a", "b", "c"), 0), ((), 0)])
def test_exactly_the_keys_choices_earn_the_point(taken: tuple[str, ...], points: int) -> None:
    assert score(BOTH, ChoiceResponse(taken)) == points


@pytest.mark.parametrize(
    ("first", "second", "points"),
    [
        ("café", "Straße", 1),
        ("cafe\u0301", "STRASSE", 1),  # decomposed; folded
        ("  CAFE ", "straße\n", 1),
        ("ca fe", "Straße", 0),
        ("café", "", 0),
        ("café", "Strase", 0),
    ],
)
def test_typed_text_is_compared_normalised_and_every_gap_counts(first: str, second: str, points: int) -> None:
    assert score(GAPS, GapResponse({"g1": first, "g2": second})) == points


def test_blanks_inside_are_collapsed() -> None:
    assert score(replace(item("i"), key=GapKey({"g": ("por la mañana",)})), GapResponse({"g": "por  la\u00a0 mañana"})) == 1


def test_a_gap_that_was_left_out_is_wrong() -> None:
    assert score(GAPS, GapResponse({"g1": "cafe"})) == 0


@pytest.mark.parametrize(
    ("of", "response"), [(BOTH, GapResponse({})), (GAPS, ChoiceResponse(("a",))), (GAPS, TextResponse("x"))]
)
def test_a_response_of_another_kind_is_refused(of: Item, response: Response) -> None:
    with pytest.raises(Trouble) as trouble:
        score(of, response)
    assert trouble.value.code == "response-unfit"
