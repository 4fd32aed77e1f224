"""What is kept, what is dropped, and how it is read."""
