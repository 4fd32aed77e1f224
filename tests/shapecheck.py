"""How annotations are checked while tests run: by jaxtyping and beartype, where an int serves as a float."""

from beartype import BeartypeConf, beartype

check = beartype(conf=BeartypeConf(is_pep484_tower=True))
