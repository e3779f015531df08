"""A pytest plugin that takes Qt away: what passes with it passes on a computer where PySide6 is not installed."""

import sys

sys.modules["PySide6"] = None  # type: ignore[assignment]  # None is how Python marks a module that cannot be imported
