{# Names in rulings, documents and ids. What cleans a name is dbt_project/methods/names: one rule for builds and files. #}

{# Texts that name nobody: checks, deposits, transfers. #}
{% macro names_nobody(clean_name) -%}
(
    coalesce(length({{ clean_name }}), 0) < 3
    or regexp_matches({{ clean_name }}, '^(CHECK|MOBILE DEPOSIT|DEPOSIT|COUNTER CREDIT|ATM|WITHDRAWAL|CASH|ONLINE TRANSFER|TRANSFER|INTERNAL TRANSFER|XFER|WIRE|SERVICE CHARGE|MONTHLY FEE)\b')
)
{%- endmacro %}

{# A text as banks print it, so that a cut name or number is found in it: capital letters and digits only. #}
{% macro text_mark(text) -%} regexp_replace(upper({{ text }}), '[^A-Z0-9]', '', 'g') {%- endmacro %}

{# An invoice number as a clerk compares it: capitals, letters and digits only, no leading zeros. #}
{% macro document_number(text) -%}
nullif(ltrim({{ text_mark(text) }}, '0'), '')
{%- endmacro %}

{# A stable id: the same parts always give the same id, in every rebuild. #}
{% macro stable_id(parts) -%} md5(concat_ws('|', {{ parts | join(', ') }})) {%- endmacro %}

{# The key of a ruling; a clean name in it is upper case, whoever wrote it. #}
{% macro text_key(key) -%}
case when starts_with({{ key }}, 'text|') then 'text|' || upper(substr({{ key }}, 6)) else {{ key }} end
{%- endmacro %}

{# Odds of a probability; a certain one stays finite. #}
{% macro odds(probability) -%} ({{ probability }} / greatest(1 - {{ probability }}, 0.001)) {%- endmacro %}

{# The chance that a party is the one, and none of its rivals: `score` times its share of the rivals' odds, squared.
   Rivals share words that the best party explains already, so of two that fit alike each keeps half, and one that fits
   clearly better keeps nearly all. A sum of decimals is the same in any order of its rows, one of doubles is not; odds
   below a millionth count as a millionth, so that no sum is nothing. #}
{% macro chance_among_rivals(score, fit, of) -%}
{%- set weight = 'pow(greatest(' ~ odds(fit) ~ ', 0.000001), 2)' -%}
{{ score }} * {{ weight }} / sum(cast({{ weight }} as decimal(38, 18))) over (partition by {{ of | join(', ') }})
{%- endmacro %}
