"""Sales data: upload, imports, order lines, unmatched money."""
