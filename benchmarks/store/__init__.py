"""What a commit costs, and what the folder takes."""
