"""Small made-up statements, one of each format."""

from __future__ import annotations

OFX_1 = """OFXHEADER:100
DATA:OFXSGML
VERSION:102
ENCODING:USASCII
CHARSET:1252

<OFX><SIGNONMSGSRSV1><SONRS><STATUS><CODE>0<SEVERITY>INFO</STATUS><LANGUAGE>ENG</SONRS></SIGNONMSGSRSV1>
<BANKMSGSRSV1><STMTTRNRS><STMTRS>
<CURDEF>USD
<BANKACCTFROM><BANKID>1<ACCTID>000123456<ACCTTYPE>SAVINGS</BANKACCTFROM>
<BANKTRANLIST><DTSTART>20260301<DTEND>20260331
<STMTTRN><TRNTYPE>DEBIT<DTPOSTED>20260302120000[-5:EST]<TRNAMT>-45.10<FITID>A1<NAME>Caf\u00e9 Ross &amp; Co</STMTTRN>
<STMTTRN><TRNTYPE>CHECK<DTPOSTED>20260305<TRNAMT>-200,00<CHECKNUM>1044</STMTTRN>
<STMTTRN><TRNTYPE>CREDIT<DTPOSTED>20260305<TRNAMT>10.00<FITID>DUP<NAME>REFUND</STMTTRN>
<STMTTRN><TRNTYPE>CREDIT<DTPOSTED>20260305<TRNAMT>10.00<FITID>DUP<NAME>REFUND</STMTTRN>
<STMTTRN><TRNTYPE>DEBIT<DTPOSTED>2026<TRNAMT>-1.00<FITID>BAD<NAME>NO DAY</STMTTRN>
</BANKTRANLIST>
<LEDGERBAL><BALAMT>774.90<DTASOF>20260331</LEDGERBAL>
</STMTRS></STMTTRNRS></BANKMSGSRSV1></OFX>
"""
OFX_2 = """<?xml version="1.0" encoding="UTF-8"?>
<?OFX OFXHEADER="200" VERSION="211"?>
<OFX><CREDITCARDMSGSRSV1><CCSTMTTRNRS><CCSTMTRS><CURDEF>USD</CURDEF>
<CCACCTFROM><ACCTID>5500</ACCTID></CCACCTFROM>
<BANKTRANLIST>
<STMTTRN><TRNTYPE>DEBIT</TRNTYPE><DTPOSTED>20260401</DTPOSTED><TRNAMT>-9.99</TRNAMT><FITID>1</FITID>
<PAYEE><NAME>Stream</NAME><CITY>X</CITY></PAYEE><MEMO>Stream monthly</MEMO></STMTTRN>
</BANKTRANLIST></CCSTMTRS></CCSTMTTRNRS></CREDITCARDMSGSRSV1></OFX>
"""


def camt(version: str = "08", closing: str = "1150.00") -> str:
    """A camt.053 of one entry, one batch of two, one pending and one of a currency that does not fit."""
    party = "<Pty><Nm>{}</Nm></Pty>" if version >= "08" else "<Nm>{}</Nm>"
    booked, pending = ("<Cd>BOOK</Cd>", "<Cd>PDNG</Cd>") if version >= "08" else ("BOOK", "PDNG")

    def entry(ref: str, amount: str, way: str, status: str, details: str, currency: str = "EUR") -> str:
        return f"""<Ntry><NtryRef>{ref}</NtryRef><Amt Ccy="{currency}">{amount}</Amt><CdtDbtInd>{way}</CdtDbtInd>
<Sts>{status}</Sts><BookgDt><Dt>2026-03-04</Dt></BookgDt><ValDt><Dt>2026-03-05</Dt></ValDt>
<AcctSvcrRef>{ref}</AcctSvcrRef><NtryDtls>{details}</NtryDtls></Ntry>"""

    def detail(amount: str, name: str, text: str) -> str:
        return f"""<TxDtls><Refs><EndToEndId>NOTPROVIDED</EndToEndId></Refs><Amt Ccy="EUR">{amount}</Amt>
<RltdPties><Cdtr>{party.format(name)}</Cdtr></RltdPties><RmtInf><Ustrd>{text}</Ustrd></RmtInf></TxDtls>"""

    def balance(code: str, amount: str, day: str) -> str:
        return f"""<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp><Amt Ccy="EUR">{amount}</Amt>
<CdtDbtInd>CRDT</CdtDbtInd><Dt><Dt>{day}</Dt></Dt></Bal>"""

    sale = f"""<TxDtls><RltdPties><Dbtr>{party.format("Kunde AG")}</Dbtr></RltdPties><RmtInf><Strd><CdtrRefInf>
<Ref>RF18</Ref></CdtrRefInf></Strd></RmtInf></TxDtls>"""
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.{version}"><BkToCstmrStmt><Stmt>
<Acct><Id><IBAN>DE02120300000000202051</IBAN></Id><Ccy>EUR</Ccy></Acct>
{balance("OPBD", "1000.00", "2026-03-01")}{balance("CLBD", closing, "2026-03-31")}
{entry("R1", "250.00", "CRDT", booked, sale)}
{entry("R2", "100.00", "DBIT", booked, detail("60.00", "Acme", "INV 1") + detail("40.00", "Bolt", "INV 2"))}
{entry("R3", "7.00", "DBIT", pending, detail("7.00", "Later", "not yet"))}
{entry("R4", "5.00", "DBIT", booked, detail("5.00", "Abroad", "dollars"), "USD")}
</Stmt></BkToCstmrStmt></Document>
"""
