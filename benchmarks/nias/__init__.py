"""Needle in a stream: short clips hidden in hours of other video, and questions about them."""
