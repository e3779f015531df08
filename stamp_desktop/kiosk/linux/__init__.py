"""Linux: the X session in which the guardian is the window manager, and what an ordinary desktop allows."""
