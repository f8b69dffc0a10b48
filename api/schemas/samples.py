"""Example calls that run as they stand, on the demo data."""

import json
import shlex
from typing import Any
from urllib.parse import quote

from api.routing import Described

SERVER = "http://127.0.0.1:5000"


def curl(route: Described, path: str, examples: dict[str, Any]) -> list[str]:
    """The curl commands of a route's example call, one a form of its body. path: the address, variable parts in braces; examples: their values."""
    address = route.sample or path.format(**{name: quote(str(value)) for name, value in examples.items()})
    method = [] if route.method == "GET" else ["-X", route.method]
    # A terminal can't show a zip.
    kept = ["--output", "answer.zip"] if any(answer.media_type == "application/zip" for answer in route.answers.values()) else []
    bodies = route.body.examples.items() if route.body else [("", None)]
    return [shlex.join(["curl", *method, SERVER + address, *kept, *_body(*body)]) for body in bodies]


def _body(media_type: str, example: Any) -> list[str]:
    if not media_type:
        return []
    # curl takes line breaks out of what -d sends.
    lines = isinstance(example, str)
    return ["-H", f"Content-Type: {media_type}", *(["--data-binary", example] if lines else ["-d", json.dumps(example, ensure_ascii=False)])]
