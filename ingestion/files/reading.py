"""Which format a file has, and its contents."""

from __future__ import annotations

from ingestion.files.camt import read_camt
from ingestion.files.csv_rows import read_bank_csv, read_bills_csv
from ingestion.files.mapping import Mapping
from ingestion.files.ofx import read_ofx
from ingestion.files.statement import Contents, FileRefused

KINDS = ("bank", "bills")
BYTES_MAX = 256 * 1024 * 1024


def read_file(data: bytes, kind: str, mapping: Mapping | None = None) -> Contents:
    """What a file says. OFX and camt.053 are known by their first bytes; everything else is CSV.

    Raises:
        FileRefused: empty, too large, another format than its kind can have, or nothing in it can be read.
    """
    if not data.strip():
        raise FileRefused("the file is empty")
    if len(data) > BYTES_MAX:
        raise FileRefused(f"the file has {len(data):,} bytes; split it below {BYTES_MAX:,}")
    head = data[:4096].lstrip(b"\xef\xbb\xbf \t\r\n").upper()
    is_ofx = head.startswith(b"OFXHEADER") or b"<OFX>" in head or b"<?OFX" in head
    is_xml = not is_ofx and (head.startswith(b"<") or data[:2] in (b"\xff\xfe", b"\xfe\xff") and b"<\x00?" in data[:8])
    if head.startswith((b"PK\x03\x04", b"%PDF", b"\xd0\xcf\x11\xe0")):
        raise FileRefused("it is a spreadsheet or a PDF; export it as CSV, OFX or camt.053")
    if kind == "bills":
        if is_ofx or is_xml:
            raise FileRefused("a ledger of bills is read from CSV only")
        return read_bills_csv(data, mapping or Mapping())
    if is_ofx:
        return read_ofx(data)
    return read_camt(data) if is_xml else read_bank_csv(data, mapping or Mapping())
