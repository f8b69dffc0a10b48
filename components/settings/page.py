"""The settings page: the form of a site's settings, who and what is registered, other sites, demo data and the simulation."""

from dash import dcc, html

from components import ids
from components.demo_panel import demo_panel, removal_question
from components.settings.preview_table import preview_panel
from components.settings.registered import KINDS, registered_panel
from components.settings.saving import save_bar, save_question
from components.settings.simulation import simulation_panel, simulation_question
from components.settings.site_form import general, kept, shifts, since
from components.settings.sites import new_site, sites_panel
from components.shell import live_stores

#: The parts that are filled one by one, each by a live callback of its own.
PARTS = ("settings-form", "settings-progress", "settings-beside")


def layout() -> html.Section:
    """The page with every leaf in place and nothing filled in yet."""
    head = html.P(["Settings of ", html.Strong("", id=ids.SETTINGS_SITE), ". ", html.Span("", id=ids.SETTINGS_VERSIONS)], className="settings__head")
    readers = html.P("Only administrators of this site can change its settings; nothing that you try out here is stored.", className="notice for-readers")
    form = html.Div([html.Div([general(), since()]), html.Div([shifts(), kept()]), preview_panel(), save_bar()], className="settings__form")
    registered = html.Div([registered_panel(kind) for kind in KINDS], className="settings__registered for-supervisors")
    rest = html.Div([sites_panel(), demo_panel(), simulation_panel()], className="settings__rest")
    questions = [save_question(), new_site(), removal_question(), simulation_question()]
    stores = [dcc.Store(id=ids.SETTINGS_BASE), dcc.Store(id=ids.PREVIEW_OF), *live_stores(*PARTS)]
    title = html.H1("Settings", className="visually-hidden")
    return html.Section([title, head, readers, form, registered, rest, *questions, *stores], className="settings")
