"""`python -m config.runtime` runs everything: see supervisor.py."""

from config.runtime.supervisor import main

main()
