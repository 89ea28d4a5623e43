"""Methods that SQL does not say well: names, assignment, subset sums, recurrence, classification.

Each is a pure function of frames. The dbt Python models and `rowcol score` call the same ones, so what a benchmark
measures is what the warehouse runs. Nothing here reads a file of a client, a clock or another folder of the project.
"""
