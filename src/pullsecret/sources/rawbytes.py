"""Bytes from outside that may hold a password."""


class RawBytes(bytes):
    """Bytes whose `repr` says how many they are, never what: a traceback that shows locals shows that."""

    __slots__ = ()

    def __repr__(self) -> str:
        return f"RawBytes({len(self)} bytes)"

    __str__ = __repr__
