"""The one way from the session's threads to the screen and back.

Every showing is complete in itself, so that the latest one counts: a burst of meter updates costs one drawing.
"""

from collections.abc import Callable
from threading import Lock

from PySide6.QtCore import QObject, Qt, Signal, Slot

from stamp_desktop.delivery.intents import Intent
from stamp_desktop.delivery.views import Showing
from stamp_desktop.ui.window import ExamWindow


class Bridge(QObject):
    """Lives in the screen's thread. `post` may be called from any thread; `take` gets each intent in the screen's thread."""

    _came = Signal()

    def __init__(self, window: ExamWindow, take: Callable[[Intent], None]) -> None:
        super().__init__()
        self._window = window
        self._lock = Lock()
        self._latest: Showing | None = None
        self._came.connect(self._deliver, Qt.ConnectionType.QueuedConnection)
        window.intent.connect(take)

    def post(self, showing: Showing) -> None:
        """Have this shown soon; it replaces one that was not shown yet."""
        with self._lock:
            waiting, self._latest = self._latest is not None, showing
        if not waiting:
            self._came.emit()

    @Slot()
    def _deliver(self) -> None:
        with self._lock:
            showing, self._latest = self._latest, None
        if showing is not None:
            self._window.present(showing)
