"""Files of automatic monitoring stations on their way to ``ioc.raw.sensors``. See ``README.md``."""
