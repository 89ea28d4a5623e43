{# The id of a hygiene item, made from what it is about, so that a decision finds it again in the next build. #}
{% macro hygiene_item_id(client_id, kind, rail, record_id) -%}
substr(md5(concat_ws('|', {{ client_id }}, {{ kind }}, {{ rail }}, {{ record_id }})), 1, 16)
{%- endmacro %}
