"""How far a transfer has come, in a file beside its input: a later run goes on where this one was acknowledged."""

import contextlib
import os
from pathlib import Path

import msgspec

from ingest.sending.lines import Place
from ingest.sending.source import Source, Unusable
from ingest.sending.tally import Counts, Reason, Tally

_VERSION = 1


class State(msgspec.Struct, omit_defaults=True, forbid_unknown_fields=True):
    """url: of the server. head_bytes, head_digest: how the input begins. offset, lines: everything before was acknowledged.

    passed: bytes of the file on disk that were read when its end was reached, -1 before that, 0 for a pipe.
    rejects, rejects_bytes: the file of rejected events, and how much of it belongs to what was acknowledged.
    """

    url: str
    head_bytes: int
    head_digest: str
    version: int = _VERSION
    offset: int = 0
    lines: int = 0
    passed: int = -1
    counts: Counts = msgspec.field(default_factory=Counts)
    reasons: dict[str, Reason] = {}
    rejects: str | None = None
    rejects_bytes: int = 0

    @property
    def place(self) -> Place:
        """Where to go on."""
        return Place(self.offset, self.lines)

    @property
    def tally(self) -> Tally:
        """What has become of the events before."""
        return Tally(self.counts, self.reasons)

    @property
    def ended(self) -> bool:
        """Whether the end of the input was reached."""
        return self.passed >= 0

    def check(self, source: Source, url: str, path: Path) -> None:
        """Refuse an input that is not the one that this state tells of. Raises Unusable."""
        again = f"Give another --state, or --restart to send all of {source.name} from its beginning."
        if self.url != url:
            raise Unusable(f"{path} tells of sending to {self.url}, not to {url}. {again}")
        source.fill(self.head_bytes)
        if source.digest(self.head_bytes) != self.head_digest:
            raise Unusable(f"{source.name} begins differently from what {path} tells of: it is another file. {again}")


class StateFile:
    """A file that holds a state; whoever reads it finds the last one that was saved, or the one before."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def load(self) -> State | None:
        """The state that was saved last; None if there is none. Raises Unusable."""
        try:
            state = msgspec.json.decode(self.path.read_bytes(), type=State)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise Unusable(f"The state file {self.path} can't be read ({error.strerror}).") from None
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            raise Unusable(f"{self.path} is no state file of this program: give another --state, or --restart.") from None
        if state.version != _VERSION:
            raise Unusable(f"The state file {self.path} was written by another version of this program.")
        return state

    def save(self, state: State) -> None:
        """Put a state in the place of the last one. Raises Unusable."""
        fresh = self.path.with_name(self.path.name + ".new")
        try:
            with fresh.open("wb") as file:
                file.write(msgspec.json.encode(state) + b"\n")
                file.flush()
                os.fsync(file.fileno())
            fresh.replace(self.path)
        except OSError as error:
            with contextlib.suppress(OSError):
                fresh.unlink()
            raise Unusable(f"The state file {self.path} can't be written ({error.strerror}).") from None
