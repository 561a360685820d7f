"""The rules of the field as pure functions and values: no I/O, clock, environment or logging here.

Whoever needs the time, a file or an answer of a server gets it from outside and hands it in.
The import contract in `pyproject.toml` holds this.
"""
