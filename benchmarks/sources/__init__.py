"""Readers of video files compared on an hour of video: CPU, resident memory, exactness of seeks."""
