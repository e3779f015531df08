"""Draws every screen in every state to PNG, from the same frozen views that the program uses: to be looked at."""

import argparse
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeAlias

from PySide6.QtCore import QEvent, Qt
from PySide6.QtWidgets import QAbstractButton, QApplication

from stamp_desktop.delivery.views import Showing
from stamp_desktop.readiness.views import ReadinessView
from stamp_desktop.ui import gallery_check, gallery_items, gallery_readiness, gallery_tasks, gallery_views
from stamp_desktop.ui.readiness.window import ReadinessWindow
from stamp_desktop.ui.theme import style
from stamp_desktop.ui.theme.style import Look
from stamp_desktop.ui.theme.tokens import THEMES
from stamp_desktop.ui.window import ExamWindow


@dataclass(frozen=True, slots=True)
class Setting:
    """How to draw: `suffix` of the file's name, size in pixels, look, direction."""

    suffix: str
    width: int
    height: int
    look: Look
    rtl: bool = False


SETTINGS: Final = (
    Setting("", 1366, 768, Look()),
    Setting("-150", 1366, 768, Look(zoom=1.5)),
    Setting("-1024", 1024, 768, Look()),
)
MORE: Final = (
    *(Setting(f"-{theme.id}", 1366, 768, Look(theme)) for theme in THEMES[1:]),
    Setting("-200", 1366, 768, Look(zoom=2.0)),
    Setting("-rtl", 1366, 768, Look(), rtl=True),
)

POPUPS: Final = ("call", "volume", "display")


Sample: TypeAlias = Showing | ReadinessView
Window: TypeAlias = ExamWindow | ReadinessWindow


def samples() -> list[tuple[str, Sample]]:
    """All sample views, named."""
    return [*exam_samples(), *gallery_readiness.samples()]


def exam_samples() -> list[tuple[str, Showing]]:
    """Those of the exam window."""
    return [*gallery_views.samples(), *gallery_items.samples(), *gallery_tasks.samples(), *gallery_check.samples()]


def shown(showing: Sample, setting: Setting) -> Window:
    """A window that shows this in this way, laid out and ready to draw. Needs a QApplication."""
    app = QApplication.instance()
    if not isinstance(app, QApplication):
        raise TypeError("drawing needs a QApplication")
    app.setLayoutDirection(Qt.LayoutDirection.RightToLeft if setting.rtl else Qt.LayoutDirection.LeftToRight)
    style.apply(setting.look)
    window: Window
    if isinstance(showing, ReadinessView):
        window = ReadinessWindow()
        window.resize(setting.width, setting.height)
        window.present(showing)
    else:
        window = ExamWindow()
        window.resize(setting.width, setting.height)
        window.present(showing)
    window.show()
    settle()
    return window


def settle() -> None:
    """Let layouts and deletions that are under way come to their end."""
    for _ in range(3):
        QApplication.sendPostedEvents()
        QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
        QApplication.processEvents()


def draw(out: Path, settings: Sequence[Setting] = SETTINGS, only: str = "") -> list[Path]:
    """Draw every sample whose name begins with `only` in every setting; the files made."""
    out.mkdir(parents=True, exist_ok=True)
    made = []
    for name, showing in samples():
        if not name.startswith(only):
            continue
        for setting in settings:
            window = shown(showing, setting)
            made.append(_save(window, out / f"{name}{setting.suffix}.png"))
            for popup in POPUPS if name == "bar-full" else ():
                button = window.findChild(QAbstractButton, popup)
                if isinstance(button, QAbstractButton):
                    button.click()
                    settle()
                    made.append(_save(window, out / f"popup-{popup}{setting.suffix}.png"))
                    if isinstance(window, ExamWindow):
                        window.close_popups()
            window.deleteLater()
            settle()
    return made


def _save(window: Window, file: Path) -> Path:
    if not window.grab().save(str(file)):
        raise OSError(f"cannot write {file}")
    return file


def main(argv: Sequence[str] | None = None) -> int:
    """`gallery --out DIR [--only NAME] [--all]`."""
    parser = argparse.ArgumentParser(prog="stamp-desktop gallery", description=__doc__)
    parser.add_argument("--out", type=Path, required=True, help="folder for the pictures")
    parser.add_argument("--only", default="", help="only samples whose name begins so")
    parser.add_argument("--all", action="store_true", help="all themes, 200 %% and right to left too")
    asked = parser.parse_args(argv)
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    app = QApplication.instance() or QApplication(["gallery"])
    draw(asked.out, (*SETTINGS, *MORE) if asked.all else SETTINGS, asked.only)
    app.processEvents()
    return 0
