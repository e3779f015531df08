"""What a test's author and psychometrician work with: outside banks, dealing, simulations, reports. No station loads it.

It needs the extra `authoring` (solver, pictures) and uses the engine as it is: what is simulated is what is delivered.
"""
