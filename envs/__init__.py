"""Gymnasium environments and wrappers that carry the memory."""

if __name__ != "streammem.envs":
    raise ImportError("envs/ is a part of streammem: write 'import streammem.envs'")

from streammem.envs.source import EnvSource

__all__ = ["EnvSource"]
