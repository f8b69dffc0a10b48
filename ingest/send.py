"""`python -m ingest.send FILE --url …` sends events from a file or a pipe; `from ingest.send import Sender` sends them from a program.

Made to run on a camera's computer too: of this project it needs the package `ingest.sending`, and requests and msgspec besides
(tqdm only for its progress bar).
"""

import sys

from ingest.sending.answers import Stopped
from ingest.sending.sender import BufferFull, Sender

__all__ = ["BufferFull", "Sender", "Stopped"]


def main() -> int:
    """Send what the command line says; the exit status."""
    from ingest.sending.command import run

    return run(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
