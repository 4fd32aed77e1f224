"""Property tests of the memory floor: the same cases every time, and no clock (machines are shared)."""

from hypothesis import settings

settings.register_profile("memory", deadline=None, derandomize=True, max_examples=40)
settings.load_profile("memory")
