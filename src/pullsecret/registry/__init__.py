"""Adapter: registries over HTTP. Drives the pure flow of `core.challenge`; decides nothing itself."""
