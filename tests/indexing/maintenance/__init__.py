"""Collections cut anew: what answers meanwhile, at the switch, and after every way of breaking off."""
