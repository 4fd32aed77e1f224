"""Tasks in the apartment as Gymnasium environments."""
