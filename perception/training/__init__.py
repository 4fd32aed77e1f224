"""Training of the small tracker on clips composed from pictures that you bring; nothing of them travels with the project."""
