"""What the project measures of itself, and the peers it is compared with. Never imported by the library."""
