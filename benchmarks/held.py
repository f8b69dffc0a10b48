"""`python -m benchmarks.held`: the server, with a refresher that never gets past its first round's beginning; for rows that measure ingest alone."""

import sys
import threading

import app
from data_layer.faultpoint import arm


def _hold(place: str) -> None:
    if place == "refresher: invalidations taken":
        threading.Event().wait()


if __name__ == "__main__":
    # The worker that serves is forked, and so has it too; where it is not, the section finds out.
    arm(_hold)
    sys.exit(app.main())
