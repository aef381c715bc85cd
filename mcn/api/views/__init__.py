"""The API's addresses: read-only, each with a permission of the list."""
