"""Storage: what a station keeps. It stores kinds and bytes and refuses to know what they mean."""
