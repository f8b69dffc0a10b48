"""How many examples the expensive properties try: some hundreds by default, thousands with HYPOTHESIS_PROFILE=thorough."""

import os
from collections.abc import Callable
from typing import Any

from hypothesis import HealthCheck, settings

#: Times the number that a property asks for, by the value of HYPOTHESIS_PROFILE; examples are others each time.
_TIMES = {"": 0.5, "quick": 0.1, "thorough": 20}


def core(examples: int) -> Callable[[Any], Any]:
    """Settings of a property of the core: so many examples in `make test`, no deadline, since a machine may be busy."""
    times = _TIMES[os.environ.get("HYPOTHESIS_PROFILE", "")]
    return settings(max_examples=max(1, int(examples * times)), deadline=None, suppress_health_check=list(HealthCheck))
