"""Application Auto Scaling, as far as moto lacks it."""
