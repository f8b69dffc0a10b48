"""Pure builders of layout and figures: data in, component out."""
