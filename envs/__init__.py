"""Gymnasium environments and wrappers that carry the memory."""

if __name__ != "streammem.envs":
    raise ImportError("the folder envs/ is imported as streammem.envs: write 'import streammem.envs'")
