"""Speeds, as ratios against named rivals measured in the same run: `make bench`."""


class Missed(Exception):
    """A limit was not kept; says which, and by how much."""
