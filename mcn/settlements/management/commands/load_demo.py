"""`manage.py load_demo`: two agencies with two months of sales, and who may sign in to them."""

import sys
from typing import Any

from django.core.management.base import BaseCommand

from mcn.core.errors import DomainError
from mcn.settlements.demo import DEMO_SIGN_INS, load_demo


class Command(BaseCommand):
    help = "Load the demo: two agencies with two months of sales. Its passwords are published."

    def handle(self, *args: Any, **options: Any) -> None:
        """Load what is missing; print the sign-ins, or the reason, and exit with 1 where it cannot be done."""
        try:
            load_demo(tell=lambda text: self.stderr.write(text) if options["verbosity"] > 1 else None)
        except DomainError as error:
            self.stderr.write(str(error))
            sys.exit(1)
        width = max(len(row.email) for row in DEMO_SIGN_INS)
        for row in DEMO_SIGN_INS:
            site = "me" if row.role == "anchor" else "a"
            where = f"/{site}/{row.agency}/" if row.agency else "/ops/"
            self.stdout.write(f"{row.email:<{width}}  {row.password}  {row.role:<10}  {where}")
