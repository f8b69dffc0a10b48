"""Who and what is in a simulated factory: made from a few numbers, the same whenever they are."""

from dataclasses import dataclass
from functools import cached_property
from random import Random

MOST_WORKERS, MOST_STATIONS = 200, 100

#: All ids that a simulated factory may have, by place, and how those of its events begin: by these it can be taken away again.
WORKER_IDS = tuple(f"SIM-W{number:02}" for number in range(1, MOST_WORKERS + 1))
STATION_IDS = tuple(f"SIM-S{number:02}" for number in range(1, MOST_STATIONS + 1))
CAMERA_IDS = tuple(f"SIM-C{number}" for number in range(1, MOST_STATIONS + 1))
EVENT_PREFIX = "sim-"

_FIRST_NAMES = (
    *("Amara", "Björn", "Chiara", "Dariusz", "Elif", "Farid", "Grace", "Hiroshi", "Ines", "Jamal", "Katya", "Liam", "Mei", "Nadia", "Oskar", "Priya"),
    *("Quentin", "Rosa", "Samir", "Tereza", "Umar", "Vera", "Wen", "Ximena", "Yusuf", "Zoë"),
)
_LAST_NAMES = (
    *("Okoye", "Lindqvist", "Moretti", "Kowalski", "Yılmaz", "Haddad", "Mensah", "Tanaka", "Ferreira", "Brooks", "Ivanova", "Murphy", "Chen", "Rahman"),
    *("Berger", "Nair", "Laurent", "Delgado", "Aziz", "Nováková", "Diallo", "Popescu", "Zhang", "Herrera", "Demir", "Vos", "Sato"),
)
#: Types in the order in which stations come, with the units an hour that one of the type makes, at least and at most.
_TYPES = (("assembly", 20, 28), ("assembly", 20, 28), ("inspection", 28, 38), ("packaging", 36, 48))


@dataclass(frozen=True, slots=True)
class Station:
    """A workstation, and how many units an hour somebody who works there finishes."""

    station_id: str
    name: str
    type: str
    units_per_hour: float


@dataclass(frozen=True, slots=True)
class Worker:
    """Somebody who works here, mostly at one station (its place among the stations).

    stamina: from 0 to 1, who has more of it works longer before a rest.
    """

    worker_id: str
    name: str
    home: int
    stamina: float


@dataclass(frozen=True, slots=True)
class Camera:
    """A camera, the stations that it sees, and how far its clock is ahead of the true time (µs)."""

    camera_id: str
    name: str
    station_ids: tuple[str, ...]
    clock_ahead: int


@dataclass(frozen=True)
class Plan:
    """The factory of a site. Each station is seen by one camera, hence no more cameras than stations.

    What is made for one seed, site and size has nothing in common with what is made for another but the ids and names.
    """

    site_id: str = "main"
    seed: int = 1
    workers: int = 18
    stations: int = 8
    cameras: int = 4

    def chance(self, *about: object) -> Random:
        """The dice of one thing: they fall alike each time, and whatever the others do."""
        return Random("/".join(map(str, (self.seed, self.site_id, self.workers, self.stations, self.cameras, *about))))  # noqa: S311 - repeatable, not secret  # nosec B311

    @cached_property
    def all_stations(self) -> tuple[Station, ...]:
        """The stations by place."""
        return tuple(self._station(place) for place in range(self.stations))

    @cached_property
    def all_workers(self) -> tuple[Worker, ...]:
        """The workers by place."""
        return tuple(
            Worker(WORKER_IDS[place], _name(place), place % self.stations, self.chance("stamina", place).uniform(0.05, 0.8)) for place in range(self.workers)
        )

    @cached_property
    def all_cameras(self) -> tuple[Camera, ...]:
        """The cameras by place."""
        return tuple(self._camera(place) for place in range(self.cameras))

    def camera_of(self, station: int) -> int:
        """The place of the camera that sees a station: neighbours share one."""
        return station * self.cameras // self.stations

    def _station(self, place: int) -> Station:
        kind, slowest, fastest = _TYPES[place % len(_TYPES)]
        before = sum(_TYPES[earlier % len(_TYPES)][0] == kind for earlier in range(place))
        speed = self.chance("station", place).uniform(slowest, fastest)
        return Station(STATION_IDS[place], f"Sim {kind.capitalize()} {before + 1}", kind, speed)

    def _camera(self, place: int) -> Camera:
        seen = tuple(station.station_id for number, station in enumerate(self.all_stations) if self.camera_of(number) == place)
        chance = self.chance("clock", place)
        # One of them has a clock that nobody has set right.
        off = chance.choice((-1, 1)) * chance.uniform(8, 25) if place == self.seed % self.cameras else chance.uniform(-1.5, 1.5)
        return Camera(CAMERA_IDS[place], f"Sim camera {place + 1}", seen, round(off * 1_000) * 1_000)


def _name(place: int) -> str:
    """No two of the first 702 are alike, since 26 and 27 have no common divisor."""
    return f"{_FIRST_NAMES[place % len(_FIRST_NAMES)]} {_LAST_NAMES[place % len(_LAST_NAMES)]}"
