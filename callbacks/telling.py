"""What an action of a page says to the whole screen: the result line, and the nudge that reads every figure anew.

Both lie in the shell. As Outputs they would have Dash run an action each time its button is mounted, `prevent_initial_call` notwithstanding.
"""

from typing import Any

from dash import no_update, set_props

from components import ids


def tell(words: str, look: str, nudge: Any) -> None:
    """Show the result line. look: its class. nudge: a number never told before; no_update where nothing has changed."""
    set_props(ids.RESULT_TEXT, {"children": words})
    set_props(ids.RESULT, {"className": look})
    tell_change(nudge)


def tell_change(nudge: Any) -> None:
    """Have all that is shown read anew."""
    if nudge is not no_update:
        set_props(ids.NUDGE, {"data": nudge})
