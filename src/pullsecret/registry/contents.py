"""What was fetched by its digest, kept for whoever asks for the same again."""

import asyncio
from collections.abc import Awaitable, Callable

from pullsecret.core.exchange import Request, Response
from pullsecret.core.manifests import compute_digest

Perform = Callable[[Request], Awaitable[Response]]
Key = tuple[str, str, str]


class Contents:
    """Answers to requests for content by digest: it cannot change, and many tags name the same.

    Args:
        room: bytes to keep at most; what does not fit is not kept.
    """

    def __init__(self, room: int = 16 * 1024 * 1024) -> None:
        self._room = room
        self._answers: dict[Key, Response] = {}
        self._under_way: dict[Key, asyncio.Event] = {}

    async def fetch(self, host: str, request: Request, perform: Perform) -> Response:
        """Give the answer that a registry gave to the same request, in whichever repository, or ask it.

        Who asks while the same is under way waits for it. A bad answer helps nobody else: each then asks
        for itself, since it may have been bad for that one's repository only.
        """
        if not request.digest:
            return await perform(request)
        key = (host, request.digest, request.accept)
        if key in self._under_way:
            await self._under_way[key].wait()
        if key in self._answers:
            return self._answers[key]
        done = self._under_way[key] = asyncio.Event()
        try:
            response = await perform(request)
            self._keep(key, response)
        finally:
            done.set()
            if self._under_way.get(key) is done:
                del self._under_way[key]
        return response

    def _keep(self, key: Key, response: Response) -> None:
        """Remember a good answer, if it is what its digest says."""
        size, (_, digest, _) = len(response.body), key
        if response.status != 200 or size > self._room:
            return
        if compute_digest(response.body, like=digest) == digest:
            self._room -= size
            self._answers[key] = response
