"""Small policies to compare with: random, forward, oracle, frontier."""

from streammem.envs.baselines.all_knowing import oracle
from streammem.envs.baselines.frontier import nearest_frontier
from streammem.envs.baselines.playing import Rollout, rollout
from streammem.envs.baselines.policies import Policy, forward_biased, random_actions

__all__ = ["Policy", "Rollout", "forward_biased", "nearest_frontier", "oracle", "random_actions", "rollout"]
