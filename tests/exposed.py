"""What Prometheus would read from an app."""

from prometheus_client import Metric
from prometheus_client.parser import text_string_to_metric_families

from services import Services

#: A series: its name and its labels.
Series = tuple[str, frozenset[tuple[str, str]]]


def families(services: Services) -> list[Metric]:
    """What is exposed, by name."""
    return list(text_string_to_metric_families(services.metering.exposition().decode()))


def samples(services: Services) -> dict[Series, float]:
    """The value of each series."""
    return {(sample.name, frozenset(sample.labels.items())): sample.value for family in families(services) for sample in family.samples}


def value(services: Services, name: str, **labels: str) -> float:
    """The value of one series; 0 where there is none yet."""
    return samples(services).get((name, frozenset(labels.items())), 0.0)


def labels_of(services: Services, name: str) -> list[dict[str, str]]:
    """The labels of each series of that name."""
    return [dict(labels) for found, labels in samples(services) if found == name]
