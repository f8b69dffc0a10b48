"""Whether tests run for `make soak`: all there is of what `make test` tries a part of."""

import os

SOAKING = os.environ.get("SOAK") == "1"
