"""Reading an event's canonical bytes without parsing them: where each part stands follows from the sorted keys.

    {"action":…,"actor":{…},"at":…,"chain":…,"client":…,"from":…,"inputs":{…},
     "prev_state_version":…,"request_sha":…,"seq":…,"subject":{"id":…,"kind":…},"to":…,"v":…}

Quotes inside a text are escaped, so a mark with bare quotes is structure. The first `,"chain":` is the event's own:
only the actor stands before it, whose keys we write. The last `,"seq":` is too: only the subject and a state follow.
"""

from __future__ import annotations

import json
import re
from functools import lru_cache

_START, _CHAIN, _FROM = b'{"action":"', b',"chain":', b',"from":'
_SEQ, _TO = b',"seq":', b',"to":'
# Printable ASCII without quote and backslash: in JSON such a text stands as it is.
_AS_IT_IS = re.compile(rb"[ !#-\[\]-~]*").fullmatch


@lru_cache(maxsize=4096)
def quoted(text: bytes | None) -> bytes:
    """A stored text as it stands in a body; `null` for nothing. Raises UnicodeDecodeError for broken UTF-8."""
    if text is None:
        return b"null"
    return json.dumps(text.decode(), ensure_ascii=False).encode()


@lru_cache(maxsize=4096)
def _owner(chain: bytes, client_id: bytes | None) -> bytes:
    return _CHAIN + quoted(chain) + b',"client":' + quoted(client_id) + _FROM


def columns_agree(
    body: bytes, chain: bytes, seq: int, client_id: bytes | None, kind: bytes | None, subject: bytes | None
) -> bool:
    """Whether the columns beside a body repeat what it says."""
    try:
        subject_part = b'"%b"' % subject if subject and _AS_IT_IS(subject) else quoted(subject)
        told = b'%b%d,"subject":{"id":%b,"kind":%b}%b' % (_SEQ, seq, subject_part, quoted(kind), _TO)
        owner = _owner(chain, client_id)
    except UnicodeDecodeError:
        return False
    return body.startswith(owner, body.find(_CHAIN)) and body.startswith(told, body.rfind(_SEQ))


def action_of(body: bytes) -> str:
    """What happened: the first part of an event."""
    return body[len(_START) : body.find(b'"', len(_START))].decode("utf-8", "replace")
