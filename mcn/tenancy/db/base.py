"""Django's PostgreSQL engine, which sends the scope at every BEGIN (one round trip, about 60 µs).

`set_config(…, true)` ends with the transaction, so a pooled connection never carries one agency's scope to
the next borrower. A query inside a scope but outside a transaction would silently see no rows; it raises.
"""

from typing import Any

from django.db.backends.postgresql import base

from mcn.tenancy import scope


class DatabaseWrapper(base.DatabaseWrapper):
    _connecting = False

    def connect(self) -> None:
        self._connecting = True  # Django asks the fresh connection for its version, outside any transaction
        try:
            super().connect()
        finally:
            self._connecting = False

    def set_autocommit(self, autocommit: bool, force_begin_transaction_with_broken_autocommit: bool = False) -> None:
        super().set_autocommit(autocommit, force_begin_transaction_with_broken_autocommit)
        if not autocommit and scope.current() != scope.NOBODY:
            with self.connection.cursor() as cursor:
                cursor.execute(scope.SET_SCOPE, scope.current().settings())

    def _cursor(self, name: str | None = None) -> Any:
        if not self._connecting and not self.in_atomic_block and scope.current() != scope.NOBODY:
            raise scope.ScopeError("a query inside a scope needs a transaction: use transaction.atomic()")
        return super()._cursor(name)  # type: ignore[misc]  # not in the stubs
