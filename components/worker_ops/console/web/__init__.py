"""The page's server: on loopback, for whoever has its token."""
