"""What every stage stands on: devices, seeds, files, checkpoints, progress, the run folder."""
