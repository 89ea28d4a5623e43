"""Records as numbers: a graph is counted in nodes, not in texts."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray


def places(keys: pa.ChunkedArray | pa.Array, sought: pa.ChunkedArray | pa.Array) -> NDArray[np.int64]:
    """The place of each sought key among `keys`, which are unique. Raises KeyError for one that is not there."""
    if isinstance(keys, pa.ChunkedArray):
        keys = keys.combine_chunks()
    found = pc.index_in(sought, value_set=keys)
    if found.null_count:
        missing = sought.filter(pc.is_null(found))[0].as_py()
        raise KeyError(f"{missing!r} is none of the {len(keys)} records")
    return np.asarray(found.to_numpy(), dtype=np.int64)
