"""Pictures and words to feature vectors, offline by default."""

from streammem.perception.encoders.opening import open_encoder

__all__ = ["open_encoder"]
