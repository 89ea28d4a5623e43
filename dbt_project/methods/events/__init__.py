"""Economic events as connected components of records, with what must never be one kept apart.

components   records that links hold together, and the member that names each
cuts         the weakest soft links that part what must not be one
keys         records as numbers
"""

from dbt_project.methods.events.components import anchors, components
from dbt_project.methods.events.cuts import Cuts, cut
from dbt_project.methods.events.keys import places

__all__ = ["Cuts", "anchors", "components", "cut", "places"]
