"""Regions of Indonesia: the reference data of the project and the tables that hold it."""
