"""Simulated test takers in simulated labs, given the real selection and the real scoring; and what came out, measured.

Pure like the rest of the engine: the same plan gives the same sittings, whoever works them out and in how many processes.
"""
