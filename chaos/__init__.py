"""Random faults against worker processes, until something is lost or the runs are over."""
