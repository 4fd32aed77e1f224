"""Small policies to compare with: random, forward, oracle, frontier."""
