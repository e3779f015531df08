"""The pure engine: no clock, no dice, no disk, no network. Time comes in events, chance comes as a seed."""
