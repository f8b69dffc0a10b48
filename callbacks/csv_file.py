"""What the CSV files of a page are called."""

import re

from callbacks.context import Context


def file_name(what: str, context: Context, *, about: str = "", of_site: bool = True) -> str:
    """What the file is called: "workers_Plant-North_2026-01-09_to_2026-01-15.csv", plain ASCII.

    about: whose events they are, if one's. of_site: whether they are of the site alone.
    """
    site = _plain(context.site.name or context.site.site_id) or "site"
    parts = [what, _plain(about), site if of_site else "", _span(context)]
    return "_".join(part for part in parts if part) + ".csv"


def _span(context: Context) -> str:
    window, zone = context.window, context.zone
    if window.start is None:
        return f"until_{context.now.astimezone(zone).date()}"
    if context.windows.days is None:
        name = window.shift.name if window.shift else None
        return "_".join(part for part in (_plain(name or ""), str(window.start.astimezone(zone).date())) if part)
    first, last = context.windows.days
    return str(first) if first == last else f"{first}_to_{last}"


def _plain(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9.]+", "-", text).strip("-.")
