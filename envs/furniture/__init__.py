"""Catalogues of household models, read for the apartment."""
