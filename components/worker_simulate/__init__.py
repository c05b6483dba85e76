"""What a stack's scaling will do, and what it will cost: simulated on what the components really generate."""
