"""Sync: a station's way to its server and back. It refuses to know what an answer means."""
