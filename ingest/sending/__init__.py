"""What `python -m ingest.send` and its `Sender` are made of; it needs none of the server's libraries but msgspec, and requests besides."""
