{# Major units as a rail writes them -> an integer of minor units. Currencies without cents, or with three decimals, are ISO 4217's. #}
{% macro to_minor(amount, currency_code) -%}
cast(round({{ amount }} * case
    when upper({{ currency_code }}) in ('BIF', 'CLP', 'DJF', 'GNF', 'JPY', 'KMF', 'KRW', 'PYG', 'RWF', 'UGX', 'VND', 'VUV', 'XAF', 'XOF', 'XPF') then 1
    when upper({{ currency_code }}) in ('BHD', 'IQD', 'JOD', 'KWD', 'LYD', 'OMR', 'TND') then 1000
    else 100
end) as bigint)
{%- endmacro %}
