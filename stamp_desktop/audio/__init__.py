"""Speech: capture, playback and screening. The analysis takes arrays and knows no device; the devices judge nothing."""
