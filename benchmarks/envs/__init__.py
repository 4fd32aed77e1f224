"""Environments: how fast they step and reset, how far their renderers agree, how hard their tasks are."""
