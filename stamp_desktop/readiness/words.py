"""Amounts as people read them: bytes, rates and times."""


def size(count: float) -> str:
    """Bytes: "61 GB", "1.9 GB", "340 MB"."""
    if count >= 10e9:
        return f"{count / 1e9:.0f} GB"
    return f"{count / 1e9:.1f} GB".replace(".0 ", " ") if count >= 1e9 else f"{count / 1e6:.0f} MB"


def rate(mbit: float) -> str:
    """Mbit/s to three figures: "368", "40", "19.1", "4.83"."""
    return f"{mbit:.0f}" if mbit >= 100 else f"{mbit:.3g}"


def span(seconds: float) -> str:
    """A time: "7 min 40 s", "12 s", "0.4 s", "3 h 5 min"."""
    if seconds < 10:
        return f"{seconds:.1f} s".replace(".0 s", " s")
    minutes, rest = divmod(round(seconds), 60)
    if minutes >= 60:
        return f"{minutes // 60} h {minutes % 60} min"
    return f"{minutes} min {rest} s" if minutes and rest else f"{minutes} min" if minutes else f"{rest} s"


def ago(seconds: float) -> str:
    """ "just now", "40 seconds ago", "a minute ago", "3 minutes ago"."""
    if seconds < 5:
        return "just now"
    if seconds < 55:
        return f"{seconds:.0f} seconds ago"
    minutes = round(seconds / 60)
    return "a minute ago" if minutes < 2 else f"{minutes} minutes ago"
