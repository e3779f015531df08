"""Test packages: written as folders, built into signed and encrypted files, verified and opened on the test's computers."""
