"""The price of fairness: what the tiers lose when nobody may fall below a floor."""
