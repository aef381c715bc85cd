"""`manage.py load_demo`: two agencies with two months of sales, and who may sign in to them."""

from typing import Any

from mcn.core.commands import ProductCommand
from mcn.settlements.demo import DEMO_SIGN_INS, load_demo


class Command(ProductCommand):
    help = "Load the demo: two agencies with two months of sales. Its passwords are published."

    def handle(self, *args: Any, **options: Any) -> None:
        """Load what is missing and print the sign-ins. Raises DomainError where it cannot be done."""
        load_demo(tell=lambda text: self.stderr.write(text) if options["verbosity"] > 1 else None)
        width = max(len(row.email) for row in DEMO_SIGN_INS)
        for row in DEMO_SIGN_INS:
            site = "me" if row.role == "anchor" else "a"
            where = f"/{site}/{row.agency}/" if row.agency else "/ops/"
            self.stdout.write(f"{row.email:<{width}}  {row.password}  {row.role:<10}  {where}")
