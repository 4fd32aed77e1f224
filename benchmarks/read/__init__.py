"""How long a question takes when the memory is full."""
