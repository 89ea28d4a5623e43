{# A JSON array column as a list of JSON values, for unnest; an absent array is an empty list. #}
{% macro json_list(column) -%}
    coalesce(cast({{ column }} as json[]), [])
{%- endmacro %}
