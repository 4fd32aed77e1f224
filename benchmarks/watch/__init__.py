"""What watching costs beside decoding, and whether it stays that way for ten hours."""
