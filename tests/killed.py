"""A worker that dies at a place of the test's choice."""


class Killed(BaseException):
    """What a killed worker's code sees: nothing of it runs on."""
