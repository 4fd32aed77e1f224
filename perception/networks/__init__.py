"""Networks that segment and track, behind one protocol."""

from streammem.perception.networks.aggregate import aggregate
from streammem.perception.networks.checkpoints import convert_checkpoint, load_network, read_network
from streammem.perception.networks.inference import InferenceNetwork
from streammem.perception.networks.opening import open_network, packaged_tracker
from streammem.perception.networks.protocol import KeyFeatures, SegmentationNetwork
from streammem.perception.networks.xmem import XMemConfig, XMemNetwork

__all__ = [
    "InferenceNetwork",
    "KeyFeatures",
    "SegmentationNetwork",
    "XMemConfig",
    "XMemNetwork",
    "aggregate",
    "convert_checkpoint",
    "load_network",
    "open_network",
    "packaged_tracker",
    "read_network",
]
