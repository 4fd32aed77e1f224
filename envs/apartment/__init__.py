"""A procedural apartment: rooms, things, people, and what happens in it."""
