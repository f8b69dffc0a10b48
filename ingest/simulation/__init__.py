"""A factory that plays itself: workers, stations and cameras with their faults, all told by a seed."""
