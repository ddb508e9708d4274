"""Ground floor: the modules of the platform, where they are switched on and how they are set."""
