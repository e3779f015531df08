"""The trouble of an event that does not fit."""

from stamp_desktop.engine.codec import kind_of
from stamp_desktop.engine.events import Event
from stamp_desktop.trouble import Trouble


def misfit(event: Event, why: str) -> Trouble:
    """Trouble "event-out-of-order" that names the event and the reason."""
    return Trouble(
        "event-out-of-order",
        f"The step {kind_of(event).replace('_', ' ')!r} does not fit here: {why}.",
        "Nothing was changed; everything before it is safe.",
        "Go on with the test; if this comes back, call the proctor.",
    )
