"""What a site saw last, asked once for all that show it."""

from callbacks.context import Context
from data_layer.sightings import Sightings, read_sightings


def sightings(context: Context) -> Sightings:
    """First and last event, where everybody was last seen, and silent cameras, as of the context's now."""
    site_id, services = context.site.site_id, context.services
    found: Sightings = services.screens.once(("sightings", site_id, context.now), lambda: read_sightings(services.database, site_id, context.now))
    return found
