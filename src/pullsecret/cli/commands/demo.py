"""`demo`: the whole story in one process."""

from dataclasses import dataclass

from pullsecret.cli.parser import Command
from pullsecret.cli.session import Session


@dataclass(frozen=True, slots=True)
class Demo:
    """Tell the story with what really happened."""

    def run(self, session: Session) -> int:
        """Tell it."""
        from pullsecret.cli.story import tell_story

        tell_story(session)
        return 0


command = Command("demo", Demo, [])
