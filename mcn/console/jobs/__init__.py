"""Long work of the agency, and the download centre."""
