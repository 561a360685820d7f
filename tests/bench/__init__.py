"""Speeds, as ratios against named rivals measured in the same run: `make bench`."""
