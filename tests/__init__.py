"""Contract, unit, property, integration and end-to-end tests."""
