"""The tether to the guardian in the screen's thread: its beats prove that the screen is alive, nothing else would."""

from collections.abc import Callable

from PySide6.QtCore import QObject, QSocketNotifier, QTimer, Signal

from stamp_desktop.kiosk.tether import Tether
from stamp_desktop.kiosk.words import FromExam, FromGuardian

BEAT_MS = 500


class Tethered(QObject):
    """`tell` may be called from any thread; `hear` is called in the screen's."""

    _asked = Signal(object)

    def __init__(self, path: str, hear: Callable[[FromGuardian], None]) -> None:
        super().__init__()
        self._tether = Tether(path, hear)
        self._asked.connect(self._tether.say)
        self._notifier: QSocketNotifier | None = None
        self._timer = QTimer(self)
        self._timer.setInterval(BEAT_MS)
        self._timer.timeout.connect(self._turn)
        self._timer.start()
        self._turn()

    def tell(self, word: FromExam) -> None:
        self._asked.emit(word)

    def close(self) -> None:
        """Let go of the line."""
        self._timer.stop()
        if self._notifier is not None:
            self._notifier.setEnabled(False)
        self._tether.close()

    def _turn(self) -> None:
        self._tether.turn()
        self._follow()

    def _follow(self) -> None:
        """Listen on the line that there is now."""
        descriptor = self._tether.fileno()
        if self._notifier is not None and int(self._notifier.socket()) == descriptor:
            return
        if self._notifier is not None:
            self._notifier.setEnabled(False)
            self._notifier.deleteLater()
            self._notifier = None
        if descriptor >= 0:
            self._notifier = QSocketNotifier(descriptor, QSocketNotifier.Type.Read, self)
            self._notifier.activated.connect(self._came)

    def _came(self) -> None:
        self._tether.listen()
        self._follow()
