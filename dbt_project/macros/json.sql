{# The text at a path of a JSON column; null where the path is absent. #}
{% macro json_text(column, path) -%} json_extract_string({{ column }}, '$.{{ path }}') {%- endmacro %}

{# A JSON array column as a list of JSON values, for unnest; an absent array is an empty list. #}
{% macro json_list(column) -%}
    coalesce(cast({{ column }} as json[]), [])
{%- endmacro %}
