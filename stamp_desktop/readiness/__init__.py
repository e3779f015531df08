"""Is this room ready? Checks of this computer, its line and its sound, for a group, an assessment and a language."""
