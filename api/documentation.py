"""The documentation: the OpenAPI document, and a page that shows it without asking any other host."""

from flask import Blueprint, Response, current_app

from access.roles import Role
from access.web.headers import CSP, PLAIN
from api.openapi import document_of
from api.routing import Answer, answer, route
from api.schemas.service import Document, NoParameters

bp = Blueprint("documentation", __name__)

# No script or style stands in the page itself, so that a content security policy can forbid those.
_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Factory Productivity: HTTP interface</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="../assets/api-docs/swagger-ui.css">
<link rel="stylesheet" href="../assets/api-docs/page.css">
</head>
<body>
<div id="documentation" data-document="openapi.json">It is loading, and needs JavaScript. The document itself: <a href="openapi.json">openapi.json</a>.</div>
<script src="../assets/20-theme.js"></script>
<script src="../assets/api-docs/swagger-ui-bundle.js"></script>
<script src="../assets/api-docs/page.js"></script>
</body>
</html>
"""


@route(bp, "GET", "/openapi.json", role=Role.KNOWN, tag="Service", query=NoParameters, answers={200: Document})
def document() -> Response:
    """This document: every route, what it takes and what it answers."""
    return answer(document_of(current_app))


@route(bp, "GET", "/docs", role=Role.KNOWN, tag="Service", query=NoParameters, answers={200: Answer(str, "An HTML page.", media_type="text/html")})
def page() -> Response:
    """This document as a page to read and to try things out."""
    return Response(_PAGE, headers={CSP: PLAIN}, content_type="text/html; charset=utf-8")
