{# What the rows that a certificate names come to: `rows` as found, `stated` as named; a row that is not there is null. #}
{% macro stated_sums(stated, rows, key) -%}
count(distinct {{ stated }}.{{ key }}) as distinct_count,
        count({{ rows }}.{{ key }}) as found_count,
        sum({{ rows }}.amount_minor) as total_minor,
        bool_or({{ rows }}.amount_minor > 0) as has_in,
        bool_or({{ rows }}.amount_minor <= 0) as has_out,
        min({{ rows }}.currency_code) as currency_least,
        max({{ rows }}.currency_code) as currency_most,
        min({{ rows }}.day) as first_day,
        max({{ rows }}.day) as last_day
{%- endmacro %}
