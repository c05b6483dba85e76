"""Work on dead letters: look, save, send back, edit, delete; a crash at any point loses none."""
