"""Places where tests make the world go wrong: between any two of them a process may die, a disk may fill up, a lock may be held.

Each safeguard of the way from a request to its figures lies between two such places; docs/reliability.md names what must hold whatever
happens at one of them.
"""

from collections.abc import Callable

_Reached = Callable[[str], None]


def _nothing(_name: str) -> None:
    """What happens outside tests."""


_reached: _Reached = _nothing


def faultpoint(name: str) -> None:
    """Say that a place has been reached."""
    _reached(name)


def arm(reached: _Reached | None) -> None:
    """Let tests be told of each place that is reached; what they do there (raise, sleep, end the process) happens there. None: nothing again."""
    global _reached
    _reached = reached or _nothing
