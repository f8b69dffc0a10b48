"""Parsing as the tests call it: at a fixed time, with some sites, in any form."""

from test_parse import NOW, SITES, micros

from ingest.forms import Form
from ingest.parse import Parsed, parse

#: An event in plain JSON.
DATA = {"timestamp": "2026-01-15T10:15:00Z", "worker_id": "W1", "workstation_id": "S3", "event_type": "working"}


def read(form: Form, body: bytes | str) -> Parsed:
    return parse(form, body.encode() if isinstance(body, str) else body, SITES, micros(NOW))
