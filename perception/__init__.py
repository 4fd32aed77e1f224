"""Sources and encoders: streams in, features out."""

if __name__ != "streammem.perception":
    raise ImportError("perception/ is a part of streammem: write 'import streammem.perception'")
