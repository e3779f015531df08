"""Every measured figure, each as a ratio to a named reference of the same run: `python -m benchmarks`."""
