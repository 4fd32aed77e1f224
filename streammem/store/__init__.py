"""Persistence: arrays in a transactional Zarr."""
