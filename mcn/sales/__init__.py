"""Facts from the platforms: order lines, earning events, imports."""
