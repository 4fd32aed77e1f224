"""Networks that segment and track, behind one protocol."""
