"""The cache in Valkey, by connections that the process keeps.

Django gives each context a cache of its own, and a web server that serves asynchronously makes a context for each request: with the
framework's own class every request opens a connection, signs in and learns all commands anew before it asks for anything.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property, lru_cache
from typing import Any

from django.core.cache.backends.redis import RedisCache, RedisCacheClient
from redis import ConnectionPool, Redis


class KeptRedisCache(RedisCache):
    """Django's cache, with one client for each address in the process."""

    _servers: list[str]
    _options: dict[str, Any]

    @cached_property
    def _cache(self) -> RedisCacheClient:
        return _client(tuple(self._servers), tuple(sorted(self._options.items())))


class _KeptClient(RedisCacheClient):
    """Safe in threads, and after a fork, as the pools of its connections are."""

    _get_connection_pool: Callable[[bool], ConnectionPool]
    _client: Callable[..., Redis]

    def __init__(self, servers: list[str], **options: Any) -> None:
        super().__init__(servers, **options)
        self._kept: dict[ConnectionPool, Redis] = {}

    def get_client(self, key: Any = None, *, write: bool = False) -> Redis:
        pool = self._get_connection_pool(write)
        if pool not in self._kept:
            self._kept[pool] = self._client(connection_pool=pool)
        return self._kept[pool]


@lru_cache(maxsize=8)
def _client(servers: tuple[str, ...], options: tuple[tuple[str, Any], ...]) -> _KeptClient:
    return _KeptClient(list(servers), **dict(options))
