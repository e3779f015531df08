"""Right, wrong or in part: one response against one key. Refuses to guess what a test taker may have meant."""

import unicodedata

from stamp_desktop.engine.items import ChoiceKey, ChoiceResponse, GapKey, GapResponse, Item, Response
from stamp_desktop.trouble import Trouble


def score(item: Item, response: Response) -> int:
    """The points that the response earns, 0 to those of the item. Trouble "response-unfit" when it is not of the item's kind.

    Choices must be exactly the key's, in any order. Typed text is compared after normalising it: Unicode NFC, case folded,
    trimmed, blanks collapsed; every gap must be right where the item has one point.
    """
    match item.key, response:
        case ChoiceKey(choices), ChoiceResponse(taken):
            if item.points == 1:
                return int(frozenset(taken) == choices)
            right = len(choices & frozenset(taken))
            return max(right - len(frozenset(taken) - choices), 0)
        case GapKey(gaps), GapResponse(filled):
            fitting = [_fits(filled.get(gap, ""), forms) for gap, forms in gaps.items()]
            return int(all(fitting)) if item.points == 1 else sum(fitting)
    raise Trouble(
        "response-unfit",
        f"The answer to question {item.id} is not of the question's kind.",
        "It was not taken; the earlier answers are safe.",
        "Answer the question again; if this comes back, call the proctor.",
    )


def _fits(typed: str, forms: tuple[str, ...]) -> bool:
    return _plain(typed) in {_plain(form) for form in forms}


def _plain(text: str) -> str:
    # Folding can take a text out of NFC (Unicode 15, section 3.13), so it is normalised on both sides of it.
    folded = unicodedata.normalize("NFC", text).casefold()
    return " ".join(unicodedata.normalize("NFC", folded).split())
