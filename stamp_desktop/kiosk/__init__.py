"""The kiosk: policy as tables, the guardian process, one back end per system. It knows nothing of a test and draws nothing."""
