"""Pictures of an apartment: colour, depth and instances in one pass."""
