"""The door: the one way between a jail and everything else."""
