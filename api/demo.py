"""Demo data in and out."""

from flask import Blueprint, Response

from access.roles import Role
from access.web.witness import note, noting
from api.routing import answer, route, services
from api.schemas.metrics import SiteQuestion
from api.schemas.service import Seeded, Unseeded
from api.window import site_asked_for

bp = Blueprint("demo", __name__)


@route(bp, "POST", "/seed", role=Role.ADMINISTRATOR, tag="Demo", query=SiteQuestion, answers={200: Seeded, 404: "There is no such site."})
def seed() -> Response:
    """Load the demo data: two past days and today until now; a second call only appends up to now."""
    site_id = site_asked_for()
    return answer(services().demo.seed(site_id, also=noting("demo loaded", site_id)))


@route(bp, "DELETE", "/seed", role=Role.ADMINISTRATOR, tag="Demo", query=SiteQuestion, answers={200: Unseeded, 404: "There is no such site."})
def unseed() -> Response:
    """Remove exactly the demo data."""
    site_id = services().sites.get(site_asked_for()).site_id
    note("demo removed", site_id)
    return answer(services().demo.remove(site_id))
