"""Pictures and words to feature vectors, offline by default."""

from streammem.perception.encoders.opening import open_encoder
from streammem.perception.encoders.refusal import require_space

__all__ = ["open_encoder", "require_space"]
