"""How bars of a state are hatched, so that they differ by more than their colour; working is plain."""

from typing import Any, Final

PATTERNS: Final[dict[str, dict[str, Any]]] = {
    "idle": {"shape": "\\", "size": 7, "solidity": 0.18},
    "absent": {"shape": ".", "size": 7, "solidity": 0.22},
    "no_signal": {"shape": "/", "size": 6, "solidity": 0.4},
}
