"""`python forwarding_and_dying.py DATABASE CENTRAL KEY EVENTS PLACE`: a site's server that dies, as by SIGKILL, when a place is reached.

EVENTS: yes to forward raw events, no for sums. What to take in stands on standard input, as JSON. Exit status 9 if it died, 0 if the place was not reached.
"""

import json
import os
import sys
import threading
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[1]))
    from flask import Flask
    from http_api import NOW, Api, SettableClock
    from two_servers import hasty

    import api as http
    from data_layer.faultpoint import arm
    from services import start_services
    from settings import Settings

    database, central, key, events, place = sys.argv[1:]

    def die(name: str) -> None:
        if name == place:
            os._exit(9)

    told = {"forward_to": central, "forward_key": key, "forward_sites": (("main", "north"),), "forward_events": events == "yes"}
    services = start_services(Settings(database_url=database, **told), SettableClock(NOW))
    hasty(services)
    app = Flask("site")
    http.register(app, services)
    arm(die)
    Api(app.test_client(), services).take_in(json.load(sys.stdin))
    threading.Event().wait(60)
