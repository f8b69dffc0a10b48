"""How a figure came about: what it is made of and what was left out, from the same rows as the figure itself."""
