"""What a site no longer keeps leaves it: archived first, then deleted in small steps."""
