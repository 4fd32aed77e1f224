"""Wrappers that join environments and the memory."""
