"""The adaptive engine against its targets, and side by side with other engines."""
