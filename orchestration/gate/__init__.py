"""Great Expectations at the two doors: what enters from each rail, and what is about to be published.

dbt tests ask whether the models are right; the gate asks whether the data is fit to be seen. Its report (Data
Docs) is kept with each snapshot.
"""

from orchestration.gate.run import Door, GateReport, check

__all__ = ["Door", "GateReport", "check"]
