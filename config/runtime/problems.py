"""The one error type of the runtime: a sentence for the person at the terminal."""


class RuntimeProblem(Exception):
    """The product cannot run here; the message says in one sentence what is wrong and what to do."""
