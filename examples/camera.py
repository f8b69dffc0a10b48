"""What a camera's program needs: `python -m examples.camera http://127.0.0.1:5000` sends two events."""

import sys
from datetime import UTC, datetime

from ingest.send import Sender

with Sender(sys.argv[1]) as sender:
    for worker, seen in (("anna", "working"), ("ben", "idle")):  # in place of this: what your model sees
        sender.send({"timestamp": datetime.now(UTC), "worker_id": worker, "workstation_id": "press-1", "event_type": seen, "confidence": 0.93})

sys.stdout.write(f"{sender.counts}\n")
