"""The look: tokens, style, icons, fonts. Nothing in here knows a screen."""
