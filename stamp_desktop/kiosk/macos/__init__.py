"""macOS: an assessment session in a helper, else presentation options. Not yet run on real hardware."""
