"""What stands in an apartment, designed from a few solids each."""
