"""The peer against the kit of the original's outputs.

Run from the root, KIT being the kit's folder: PYTHONPATH=. python KIT/verify_kit.py benchmarks.xmem.reference_parity:factory KIT
"""

from collections.abc import Mapping
from typing import Any

from torch import Tensor

from benchmarks.xmem.dense_memory import MemoryConfig
from benchmarks.xmem.reference import Reference, ReferenceConfig


def factory(weights: Mapping[str, Tensor], config: Mapping[str, Any]) -> Reference:
    memory = MemoryConfig(
        top_k=config["top_k"],
        long_term=config["enable_long_term"],
        count_usage=config["enable_long_term_count_usage"],
        working_min=config["min_mid_term_frames"],
        working_max=config["max_mid_term_frames"],
        prototypes=config["num_prototypes"],
        long_term_max=config["max_long_term_elements"],
    )
    return Reference(
        weights,
        ReferenceConfig(mem_every=config["mem_every"], deep_every=config["deep_update_every"], memory=memory),
    )
