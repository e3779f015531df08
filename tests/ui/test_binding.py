"""The binding of Qt itself: a fault in it ends a sitting, so that a broken release must not get through."""

import sys

from PySide6.QtCore import QObject


def test_calls_into_qt_keep_the_references_to_none() -> None:
    """PySide6 6.12.0 lost one at each call that returns nothing on Python 3.11, and aborted after some thousands."""
    thing = QObject()
    before = sys.getrefcount(None)
    for _ in range(500):
        thing.setObjectName("name")
    assert abs(sys.getrefcount(None) - before) < 250
