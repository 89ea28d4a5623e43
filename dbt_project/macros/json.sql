{# The text at a path of a JSON column; null where the path is absent. #}
{% macro json_text(column, path) -%} json_extract_string({{ column }}, '$.{{ path }}') {%- endmacro %}

{# A decimal at a path of a JSON column, exact to four places. #}
{% macro json_decimal(column, path) -%} cast(json_extract_string({{ column }}, '$.{{ path }}') as decimal(18, 4)) {%- endmacro %}

{# The entries of a JSON array as rows: use as a select column. #}
{% macro json_items(column) -%} unnest(from_json({{ column }}, '["json"]')) {%- endmacro %}

{# The place of each entry of a JSON array, from 1: beside json_items in the same select. #}
{% macro json_positions(column) -%} generate_subscripts(from_json({{ column }}, '["json"]'), 1) {%- endmacro %}

{# Unix seconds -> an instant in UTC. #}
{% macro instant_of(seconds) -%} to_timestamp({{ seconds }}) {%- endmacro %}
