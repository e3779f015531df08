"""After the test: what many sittings say of the items. Pure; it changes no score and accuses nobody."""
