"""Ground floor: what every model call took and cost, and the budgets it must fit in."""
