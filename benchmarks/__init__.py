"""How fast the server is on this machine, beside the raw limit of the same run; `python -m benchmarks` prints one table."""
