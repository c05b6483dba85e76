"""What the page shows, as plain data; nothing here knows of a browser."""
