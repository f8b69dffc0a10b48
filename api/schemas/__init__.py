"""The shapes of what is asked and answered over HTTP, as the documentation describes them."""
