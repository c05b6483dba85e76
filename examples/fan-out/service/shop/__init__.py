"""What the shop does with orders."""
