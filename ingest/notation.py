"""How one event is written, plainly or as a CloudEvent, and how its text is read: strictly, or if that fails leniently."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Generic, TypeVar

import msgspec

from ingest.cloudevents import Envelope, judge_envelope, known_attributes
from ingest.event import Event, SiteRules
from ingest.json_text import is_json, lenient_value, too_deep
from ingest.judge import judge
from ingest.record import Record, described, storable

#: The only way to write NUL in JSON; it may also be an escaped backslash, so this only raises suspicion.
NUL = "\\u0000"

T = TypeVar("T", bound=msgspec.Struct)


@dataclass(frozen=True)
class Notation(Generic[T]):
    """A way to write an event.

    type: the shape of its JSON object. known: of such an object, read leniently, what is looked at; raises Refused for texts
    that can't be stored. judge: from a well-typed object to the event; raises Refused.
    """

    type: type[T]
    known: Callable[[Mapping[str, object]], dict[str, object]]
    judge: Callable[[T, Mapping[str, SiteRules], int], Event]

    @cached_property
    def decoder(self) -> msgspec.json.Decoder[T]:
        """Reads one strictly."""
        return msgspec.json.Decoder(self.type)

    def read(self, text: str) -> T:
        """The typed object of one element's text. Raises Refused, or Unparseable if the text is no JSON at all."""
        try:
            found = self.decoder.decode(text)
        except msgspec.DecodeError as error:
            # A wrong type is told before the rest is read: only strict JSON is judged by it.
            if isinstance(error, msgspec.ValidationError) and is_json(text):
                raise described(error) from None
            return self._leniently(text)
        except RecursionError:
            raise too_deep() from None
        if NUL in text:
            self.known(msgspec.to_builtins(found))
        return found

    def _leniently(self, text: str) -> T:
        value = lenient_value(text)
        if isinstance(value, dict):
            value = self.known(value)  # before the types: msgspec cannot even name a surrogate in its complaint
        try:
            return msgspec.convert(value, self.type)
        except msgspec.ValidationError as error:
            raise described(error) from None


def _known_fields(value: Mapping[str, object]) -> dict[str, object]:
    return storable(value, Record.__struct_fields__)


PLAIN: Notation[Record] = Notation(Record, _known_fields, judge)
CLOUDEVENT: Notation[Envelope] = Notation(Envelope, known_attributes, judge_envelope)
