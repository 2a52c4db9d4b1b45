"""Opaque models, explained by models that can be read."""
