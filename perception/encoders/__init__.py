"""Pictures and words to feature vectors, offline by default."""
