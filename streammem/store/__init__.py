"""Persistence: flat named arrays in a transactional Zarr.

A commit is whole or absent, a reader sees the last one while a writer goes on, damage is reported and never
guessed over.
"""

from streammem.store.arrays import ArrayStore, Commit, StoreConfig

__all__ = ["ArrayStore", "Commit", "StoreConfig"]
