"""How bars of a state are hatched, so that they differ by more than their colour; working is plain."""

from typing import Any, Final

#: Over the bar's colour: the library's own way is instead of it, which leaves nothing to see.
_OVER = {"fillmode": "overlay"}
PATTERNS: Final[dict[str, dict[str, Any]]] = {
    "idle": _OVER | {"shape": "\\", "size": 7, "solidity": 0.18},
    "absent": _OVER | {"shape": ".", "size": 7, "solidity": 0.22},
    "no_signal": _OVER | {"shape": "/", "size": 6, "solidity": 0.4},
}
