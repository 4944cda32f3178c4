"""Lists of the API. They come page by page, and are read as far as they are used."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import Any, Generic, TypeVar, cast

Item = TypeVar("Item")
Page = TypeVar("Page")


class Pages(Generic[Item, Page]):
    """A list, newest first. Iterating over it again asks anew."""

    def __init__(self, read: Callable[[str | None], Page]) -> None:
        """`read` gives the page that a cursor leads to; that of None is the first."""
        self._read = read

    def __iter__(self) -> Iterator[Item]:
        """Every item. The next page is asked for when the last one is used up."""
        for page in self.pages():
            yield from cast("dict[str, Any]", page)["items"]

    def pages(self) -> Iterator[Page]:
        """Page by page, each as the API answers: `items`, `next_cursor`, and what else it says."""
        cursor = None
        while True:
            page = self._read(cursor)
            yield page
            cursor = cast("dict[str, Any]", page)["next_cursor"]
            if cursor is None:
                return


class AsyncPages(Generic[Item, Page]):
    """The same for asynchronous programs."""

    def __init__(self, read: Callable[[str | None], Awaitable[Page]]) -> None:
        """As of `Pages`."""
        self._read = read

    async def __aiter__(self) -> AsyncIterator[Item]:
        """Every item. The next page is asked for when the last one is used up."""
        async for page in self.pages():
            for item in cast("dict[str, Any]", page)["items"]:
                yield item

    async def pages(self) -> AsyncIterator[Page]:
        """Page by page, as of `Pages`."""
        cursor = None
        while True:
            page = await self._read(cursor)
            yield page
            cursor = cast("dict[str, Any]", page)["next_cursor"]
            if cursor is None:
                return
