{# An amount of minor units as a person reads it in a sentence: whole units with thousands separators. #}
{% macro money_text(amount_minor, currency_code) -%}
(
    case when {{ amount_minor }} < 0 then '−' else '' end
    || case when {{ currency_code }} = 'USD' then '$' else {{ currency_code }} || ' ' end
    || format('{:,}', cast(round(abs({{ amount_minor }}) / 100.0) as bigint))
)
{%- endmacro %}
