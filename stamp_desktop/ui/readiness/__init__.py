"""The readiness window: for technology staff, on the computer that will be used."""
