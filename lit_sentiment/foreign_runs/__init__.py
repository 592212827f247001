"""Trainings that others wrote: found, their figures named, and read."""
