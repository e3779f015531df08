"""The screens of a test taker: each takes one frozen view and emits intents."""
