"""What operators see of a running server: counts and times for Prometheus, and the log."""
