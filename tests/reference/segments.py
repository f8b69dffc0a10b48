"""Sets of time as sorted, disjoint, half-open (start, end) pairs of microseconds."""

Segment = tuple[int, int]


def union(segments: list[Segment]) -> list[Segment]:
    """The moments that lie in any of the segments, which may overlap, touch or be empty."""
    joined: list[Segment] = []
    for start, end in sorted(segments):
        if start >= end:
            continue
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], end))
        else:
            joined.append((start, end))
    return joined


def common(ones: list[Segment], others: list[Segment]) -> list[Segment]:
    """The moments that lie in both sets."""
    return [(max(a, c), min(b, d)) for a, b in ones for c, d in others if max(a, c) < min(b, d)]


def without(ones: list[Segment], others: list[Segment]) -> list[Segment]:
    """The moments of the first set that don't lie in the second."""
    left = ones
    for hole_start, hole_end in others:
        left = [piece for start, end in left for piece in ((start, min(end, hole_start)), (max(start, hole_end), end)) if piece[0] < piece[1]]
    return left


def length(segments: list[Segment]) -> int:
    """Microseconds in a set of disjoint segments."""
    return sum(end - start for start, end in segments)


def contains(segments: list[Segment], instant: int) -> bool:
    """Whether an instant lies in the set."""
    return any(start <= instant < end for start, end in segments)
