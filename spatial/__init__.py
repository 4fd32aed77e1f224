"""Geometry and 3D memory: what is where."""

if __name__ != "streammem.spatial":
    raise ImportError("spatial/ is a part of streammem: write 'import streammem.spatial'")
