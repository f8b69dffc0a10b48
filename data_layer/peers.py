"""Servers of sites that are asked whenever their figures are looked at."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from data_layer.elsewhere import Account
from data_layer.query import MetricsQuery


class Peers(Protocol):
    """Those servers."""

    @property
    def site_ids(self) -> frozenset[str]:
        """The sites that have one."""

    def ask(self, queries: Sequence[MetricsQuery]) -> Mapping[str, Account]:
        """What they say of the days of some windows, by site, of those sites that have one. It takes some seconds at most, and raises nothing."""


class _NoPeers:
    site_ids: frozenset[str] = frozenset()

    def ask(self, _queries: Sequence[MetricsQuery]) -> Mapping[str, Account]:
        return {}


NO_PEERS: Peers = _NoPeers()
