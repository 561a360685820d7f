"""Policies: which credentials go into which namespaces, and what may be touched there. Pure."""
