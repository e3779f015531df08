"""The calibration of the screening: material, mixing, training, measuring. Nothing here is part of the program."""
