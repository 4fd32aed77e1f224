"""Questions that the memory answers, each through `Query` and `Readout` alone."""
