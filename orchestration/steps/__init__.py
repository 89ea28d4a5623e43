"""The steps of a run, each a function that the command line and Dagster call alike."""
