"""How many examples the expensive properties try: some hundreds by default, thousands with HYPOTHESIS_PROFILE=thorough."""

import os
from collections.abc import Callable
from typing import Any

from hypothesis import HealthCheck, Phase, settings

#: Times the number that a property asks for, by the value of HYPOTHESIS_PROFILE; examples are others each time.
_TIMES = {"": 0.5, "quick": 0.1, "thorough": 20, "unshrunk": 0.5}
#: Where it only matters that something fails, nobody waits for the smallest example.
_PHASES = {"unshrunk": (Phase.explicit, Phase.generate)}


def core(examples: int) -> Callable[[Any], Any]:
    """Settings of a property of the core: so many examples in `make test`, no deadline, since a machine may be busy."""
    profile = os.environ.get("HYPOTHESIS_PROFILE", "")
    phases = _PHASES.get(profile, settings.default.phases)
    return settings(max_examples=max(1, int(examples * _TIMES[profile])), deadline=None, suppress_health_check=list(HealthCheck), phases=phases)
