"""Ids as parts of addresses."""

from werkzeug.routing import BaseConverter


class IdConverter(BaseConverter):
    """The rest of an address as an id: `<id:worker_id>`. Ids are the senders' own and may hold slashes, as topics of a message broker do.

    None ends in a slash: an address with one too many must not create somebody new.
    """

    part_isolating = False
    regex = "(?s:.*)[^/]"
    # After all rules whose next part is written out.
    weight = 200
