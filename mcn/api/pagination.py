"""Pages by key: the database reads one page from an index, whatever came before it."""

from rest_framework.pagination import CursorPagination


class ById(CursorPagination):
    """Oldest first, by id: new records come at the end, so that a reader can go on where it stopped."""

    ordering = "id"
    page_size = 100
    page_size_query_param = "page_size"
    max_page_size = 1000


class NewestFirst(ById):
    """Newest first, by id."""

    ordering = "-id"
