"""`python -m ingest.simulate` plays a factory to a server: workers, stations and cameras with their faults, all told by a seed."""

import sys

from ingest.simulation.command import run

if __name__ == "__main__":
    sys.exit(run(sys.argv[1:]))
