"""What can be said on the command line of `python -m ingest.simulate`."""

import argparse
import re
from collections.abc import Callable, Sequence

from ingest.sending.delivery import KEY_VARIABLE
from ingest.simulation.plan import MOST_STATIONS, MOST_WORKERS, Plan
from metrics.units import DAY, HOUR, MINUTE, SECOND

_UNITS = {"s": SECOND, "m": MINUTE, "h": HOUR, "d": DAY}
_LENGTH = re.compile(r"([0-9]{1,9})([smhd])")
_LONGEST = 366 * DAY
_SINCE_IF_FASTER = 8 * HOUR
_FASTEST = 10_000

_SPEED = (
    "how many minutes of the story pass in a minute. Nothing can be told before it has happened: faster than 1, the story begins --since ago "
    "(8h if not said), catches up with now, and goes on as time does (default 1)"
)


def options_of(arguments: Sequence[str]) -> argparse.Namespace:
    """The options, `since` and `lasts` in µs (`lasts` None for no end); what can't be understood ends the program with status 2."""
    default = Plan()
    parser = argparse.ArgumentParser(
        prog="python -m ingest.simulate",
        description="Play a factory to a Factory Productivity server: workers who work, rest, go away and finish units, and cameras that see them, fall "
        "silent, see poorly, send twice and have clocks of their own. The same seed, site and numbers tell the same story at the same time: who starts "
        "again goes on with it. It follows the shifts of the site; without any, somebody is at work around the clock.",
        epilog="Ends with Ctrl+C, and with a table on standard output. Exit status: 0 all taken, 1 some rejected, 2 stopped by an error. "
        f"A key for the server is taken from the environment, {KEY_VARIABLE}.",
    )
    parser.add_argument("--url", default="http://127.0.0.1:5000", help="of the server (default %(default)s)")
    parser.add_argument("--site", default=default.site_id, metavar="ID", help="site to play at (default %(default)s)")
    parser.add_argument("--workers", type=_whole(1, MOST_WORKERS), default=default.workers, metavar="N", help="(default %(default)s)")
    parser.add_argument("--stations", type=_whole(1, MOST_STATIONS), default=default.stations, metavar="N", help="(default %(default)s)")
    parser.add_argument("--cameras", type=_whole(1, MOST_STATIONS), metavar="N", help=f"at most one a station (default {default.cameras}, or that)")
    parser.add_argument("--seed", type=_whole(0, 10**9), default=default.seed, metavar="N", help="another one tells another story (default %(default)s)")
    parser.add_argument("--speed", type=_speed, default=1.0, metavar="N", help=_SPEED)
    parser.add_argument("--since", type=_length, metavar="2h", help="send what has happened since so long ago at once, as a camera does after an outage")
    parser.add_argument("--for", dest="lasts", type=_length, metavar="10m", help="end after so long (default: never); 0s ends once --since is sent")
    options = parser.parse_args(arguments)
    if options.cameras is None:
        options.cameras = min(default.cameras, options.stations)
    if options.cameras > options.stations:
        parser.error(f"argument --cameras: each station is seen by one camera, hence {options.stations} at most, not {options.cameras}")
    if options.since is None:
        options.since = 0 if options.speed == 1 else _SINCE_IF_FASTER
    return options


def _whole(least: int, most: int) -> Callable[[str], int]:
    def read(text: str) -> int:
        if not (text.isascii() and text.isdigit() and least <= int(text[:12]) <= most):
            raise argparse.ArgumentTypeError(f"must be a whole number from {least} to {most:,}, not {text!r}")
        return int(text)

    return read


def _speed(text: str) -> float:
    if not re.fullmatch(r"[0-9]{1,5}(\.[0-9]+)?", text) or not 1 <= float(text) <= _FASTEST:
        raise argparse.ArgumentTypeError(f"must be a number from 1 to {_FASTEST:,}, not {text!r}")
    return float(text)


def _length(text: str) -> int:
    found = _LENGTH.fullmatch(text)
    length = int(found[1]) * _UNITS[found[2]] if found else -1
    if not 0 <= length <= _LONGEST:
        raise argparse.ArgumentTypeError(f"must be a length of time like 90s, 30m, 2h or 7d, not {text!r}")
    return length
