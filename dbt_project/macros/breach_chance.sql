{#- The share of past errors, at today's scale, that would bring a close below the buffer; empty without a close. -#}
{%- macro breach_chance(close) -%}
    case
        when {{ close }} is null then null
        when percentiles is null then cast({{ close }} < buffer_minor as double)
        else len(list_filter(percentiles, lambda score: {{ close }} + score * scale_minor < buffer_minor)) / 99.0
    end
{%- endmacro %}
