"""Typefaces: loads the bundled ones and says which family a language is set in. It never lets the system guess a script.

A generic fallback shows Japanese shapes for Chinese, so that every language has one pinned family.
"""

from collections.abc import Mapping
from functools import cache
from typing import Final

from PySide6.QtGui import QFont, QFontDatabase

from stamp_desktop.ui.theme.assets import assets

FAMILY: Final = "Atkinson Hyperlegible Next"

PINNED: Final[Mapping[str, str]] = {
    "ar": "Noto Naskh Arabic",
    "fa": "Noto Naskh Arabic",
    "ur": "Noto Nastaliq Urdu",
    "he": "Noto Sans Hebrew",
    "hi": "Noto Sans Devanagari",
    "ja": "Noto Sans CJK JP",
    "ko": "Noto Sans CJK KR",
    "th": "Noto Sans Thai",
    "zh": "Noto Sans CJK SC",
    "zh-hant": "Noto Sans CJK TC",
}


@cache
def load() -> str:
    """Load every bundled font once; the interface's family (the system's sans where the bundle lacks it).

    Needs a QGuiApplication.
    """
    try:
        folder = assets() / "fonts"
    except FileNotFoundError:
        folder = None
    files = sorted(folder.rglob("*.[to]tf")) if folder else []
    for file in files:
        QFontDatabase.addApplicationFont(str(file))
    if FAMILY in QFontDatabase.families():
        return FAMILY
    return QFontDatabase.systemFont(QFontDatabase.SystemFont.GeneralFont).family()


def families(language: str = "en") -> list[str]:
    """Families to set text of a language in (BCP 47), the pinned one first."""
    tag = language.lower()
    pinned = PINNED.get(tag) or PINNED.get(tag.split("-", maxsplit=1)[0])
    return [pinned, load()] if pinned else [load()]


def font(pixels: int, weight: int = 400, language: str = "en") -> QFont:
    """A font of so many pixels, the caller's own; `weight` 400, 500, 600 or 700."""
    return QFont(_font(pixels, weight, language))


@cache
def _font(pixels: int, weight: int, language: str) -> QFont:
    made = QFont(families(language))
    made.setPixelSize(pixels)
    made.setWeight(QFont.Weight(weight))
    return made
