"""Widgets that screens are put together from: they know the look, no intent, and of the views only small shared records."""
