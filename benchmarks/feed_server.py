"""A server with many feeds: `python -m benchmarks.feed_server PORT`. Each address `/feed/N` is a feed of four offers.

`/control?round=R&etags=1` sets what it says from then on. In round R one feed in ten has another price for one offer than in the
round before. With `etags` a feed that did not change is a 304 for who asks so; without, it is sent whole, with another date
in it each time, as many servers do.
"""

from __future__ import annotations

import asyncio
import sys
from urllib.parse import parse_qs, urlsplit

FEEDS = 500
ENTRIES = 4
CHANGING = 10
"""One feed in so many changes from one round to the next."""
_TEXT = (
    "A sturdy thing of good make, seen at this price in the shop's own listing today. Free delivery from the second one on. "
    * 4
)


class Feeds:
    """What is said at the moment."""

    def __init__(self) -> None:
        self.round = 0
        self.etags = True
        self.sent = 0

    def answer(self, path: str, tag: str) -> tuple[int, bytes, str]:
        """Status, body and ETag for a path and the tag that the asker knows."""
        parts = urlsplit(path)
        if parts.path == "/control":
            asked = parse_qs(parts.query)
            self.round, self.etags = int(asked["round"][0]), asked["etags"] == ["1"]
            return 200, b"", ""
        number = parts.path.removeprefix("/feed/")
        if not parts.path.startswith("/feed/") or not number.isdigit():
            return 404, b"", ""
        changes = (self.round + CHANGING - 1 - int(number) % CHANGING) // CHANGING
        own = f'"{number}-{changes}"' if self.etags else ""
        if own and own == tag:
            return 304, b"", own
        self.sent += 1
        return 200, self._body(int(number), changes), own

    def _body(self, number: int, changes: int) -> bytes:
        items = "".join(
            f"<item><title>Thing {number}-{entry} in blue ${20 + entry}.{(changes if entry == 0 else 0) % 100:02d} shipped</title>"
            f"<link>https://shop{number}.example/thing/{entry}?utm_source=rss</link><guid>{number}-{entry}</guid>"
            f"<pubDate>Wed, 25 Nov 2026 10:{entry:02d}:00 GMT</pubDate><description>&lt;p&gt;{_TEXT}&lt;/p&gt;</description></item>"
            for entry in range(ENTRIES)
        )
        built = "" if self.etags else f"<lastBuildDate>{self.sent}</lastBuildDate>"
        return f'<?xml version="1.0"?><rss version="2.0"><channel><title>Feed {number}</title>{built}{items}</channel></rss>'.encode()


async def _serve(port: int) -> None:
    feeds = Feeds()

    async def converse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                first, *lines = head.decode("latin-1").split("\r\n")
                headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
                status, body, tag = feeds.answer(first.split(" ")[1], headers.get("if-none-match", ""))
                writer.write(
                    f"HTTP/1.1 {status} X\r\nContent-Type: application/rss+xml\r\nContent-Length: {len(body)}\r\n"
                    f"{f'ETag: {tag}' if tag else 'X-No: tag'}\r\n\r\n".encode()
                    + body
                )
                await writer.drain()
                if headers.get("connection", "").lower() == "close":
                    break
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(converse, "127.0.0.1", port)
    print("ready", flush=True)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_serve(int(sys.argv[1])))
