{# Days that spendable cash lasts at a daily net burn, one decimal; null where cash does not go down. #}
{% macro runway_days(spendable, daily_burn) -%}
    case
        when {{ daily_burn }} > 0 then round(greatest({{ spendable }}, 0) / ({{ daily_burn }}), 1)
    end
{%- endmacro %}
