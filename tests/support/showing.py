"""Everything that an exception could show somebody."""

import traceback


def all_shown(error: BaseException) -> str:
    """The exception, its hint, causes and contexts, with the locals of all frames but the test's own."""
    parts = []
    seen: BaseException | None = error
    while seen is not None:
        frames = seen.__traceback__.tb_next if seen is error and seen.__traceback__ else seen.__traceback__
        shown = traceback.TracebackException(type(seen), seen, frames, capture_locals=True)
        parts += [*shown.format(chain=False), repr(seen), str(vars(seen))]
        seen = seen.__cause__ or seen.__context__
    return "\n".join(parts)
