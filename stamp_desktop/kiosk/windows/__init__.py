"""Windows: a keyboard hook in the guardian, a screen that is not filmed, a look at processes. Not yet run on real hardware."""
