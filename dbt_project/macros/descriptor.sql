{#
  Names as banks and people write them -> the words that identify a party, upper case, single spaces.
  descriptor_name takes a bank line or a card descriptor, party_name a record's own name. Each is a chain of
  regular expressions over distinct texts only: regexp is the costly step of the match.
#}

{# The part of a bank line that names the other side. A bill-pay debit names it after INDN, where others name us. #}
{% macro descriptor_subject(text) -%}
case
    when regexp_matches(upper({{ text }}), 'BILL ?PA?Y.*INDN:')
        then regexp_extract(upper({{ text }}), 'INDN:(.*?)( CO ID:| CCD| PPD| WEB|$)', 1)
    else regexp_replace(upper({{ text }}), '\s(DES|ID|INDN|CO ID|ORIG CO NAME|SEC|TRN|TRACE):.*$', '')
end
{%- endmacro %}

{# Capitals, letters and digits only, legal form dropped from the end. #}
{% macro party_name(text) -%}
trim(regexp_replace(
    trim(regexp_replace(regexp_replace(replace(upper({{ text }}), '''', ''), '[^A-Z0-9&]+', ' ', 'g'), '^THE ', '')),
    '( (LLC|L L C|INC|INCORPORATED|CORP|CORPORATION|CO|COMPANY|LTD|LIMITED|LP|LLP|PLLC|PC|GMBH))+$', ''
))
{%- endmacro %}

{# Processor and card prefixes, store numbers, phones, dates, ids and a trailing state are not part of a name. #}
{% macro descriptor_name(text) -%}
{%- set prefixes = '^\s*((SQ|TST|SP|PY|IC|DD|PAYPAL|PP|GOOGLE|APL|BLT|FSP|CKE|EB|WPY) ?\*|POS( DEBIT| PURCHASE)?\s|'
    ~ '(RECURRING |DEBIT )?CARD PURCHASE\s|CHECKCARD( [0-9]{4})?\s|PURCHASE AUTHORIZED ON( [0-9/]+)?\s|'
    ~ 'ACH (DEBIT|CREDIT|PMT|WITHDRAWAL|DEPOSIT)\s|(PREAUTHORIZED|ELECTRONIC) (DEBIT|CREDIT|WITHDRAWAL)\s|'
    ~ 'WIRE (OUT|IN|TRANSFER)( TO| FROM)?\s|ZELLE( PAYMENT)? (TO|FROM)\s|RAMP BILL PAY\s)+' -%}
{{ party_name(
    "regexp_replace(regexp_replace(regexp_replace(" ~ descriptor_subject(text) ~ ", '" ~ prefixes ~ "', ''), "
    ~ "'\\b[0-9]{1,2}/[0-9]{1,2}(/[0-9]{2,4})?\\b|\\b[0-9]{3}[-. ][0-9]{3}[-. ][0-9]{4}\\b|#\\s*[0-9]+|\\b[0-9X]{3,}\\b|\\*+[A-Z0-9]+', ' ', 'g'), "
    ~ "'\\s(ACH PMT|PMT|PAYMENT|PAYMENTS|AUTOPAY|A[LKZR]|C[AOT]|DE|FL|GA|HI|I[DLNA]|K[SY]|LA|M[EDAINSOT]|N[EVHJMYCD]|O[HKR]|PA|RI|S[CD]|T[NX]|UT|V[TA]|W[AVIY])\\s*$', '')"
) }}
{%- endmacro %}

{# Texts that name nobody: checks, deposits, transfers. #}
{% macro names_nobody(clean_name) -%}
(
    coalesce(length({{ clean_name }}), 0) < 3
    or regexp_matches({{ clean_name }}, '^(CHECK|MOBILE DEPOSIT|DEPOSIT|COUNTER CREDIT|ATM|WITHDRAWAL|CASH|ONLINE TRANSFER|TRANSFER|INTERNAL TRANSFER|XFER|WIRE|SERVICE CHARGE|MONTHLY FEE)\b')
)
{%- endmacro %}

{# An invoice number as a clerk compares it: capitals, letters and digits only, no leading zeros. #}
{% macro document_number(text) -%}
nullif(ltrim(regexp_replace(upper({{ text }}), '[^A-Z0-9]', '', 'g'), '0'), '')
{%- endmacro %}

{# A stable id: the same parts always give the same id, in every rebuild. #}
{% macro stable_id(parts) -%} md5(concat_ws('|', {{ parts | join(', ') }})) {%- endmacro %}
