"""The product as a whole, run as it is run by an agency."""
