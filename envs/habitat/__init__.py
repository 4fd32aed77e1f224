"""Habitat's terms: actions, sensors, episodes, measures."""
