"""What inputs may be, and how they are checked. Knows no component."""
