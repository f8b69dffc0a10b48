"""A second, naive computation of every metric, written from docs/metrics.md alone, with lists and loops."""

from .buckets import series
from .figures import metrics
from .interval_rows import intervals

__all__ = ["intervals", "metrics", "series"]
