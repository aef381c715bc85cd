"""The agency's books (docs/money.md §9): what posts to them, what they say, and whether everything agrees with them."""
