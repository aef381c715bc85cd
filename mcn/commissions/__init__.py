"""How a sale is divided: split rules, tiers, overrides, the engine."""
