"""The server: receives what stations have saved, gives receipts, works the results out again. It shows nothing."""
