"""Everything that an exception could show somebody."""

import traceback
from pathlib import Path

import pullsecret

OURS = str(Path(pullsecret.__file__).parent)


def all_shown(error: BaseException) -> str:
    """The exception, its hint, causes and contexts, with the locals of all frames of ours."""
    parts = []
    seen: BaseException | None = error
    while seen is not None:
        frames = [
            (frame, line)
            for frame, line in traceback.walk_tb(seen.__traceback__)
            if frame.f_code.co_filename.startswith(OURS)
        ]
        stack = traceback.StackSummary.extract(iter(frames), capture_locals=True)
        parts += [*stack.format(), str(seen), repr(seen), str(vars(seen))]
        seen = seen.__cause__ or seen.__context__
    return "\n".join(parts)
