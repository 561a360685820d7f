"""Adapter: where credentials come from: docker configs, credential helpers, files, prompts."""
