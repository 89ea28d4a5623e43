{# Row rules of a model, folded into one scan. Each rule is a condition every row must meet (unknown counts as broken);
   a result row names a broken rule and how many rows break it. #}
{% test rules(model, rules) %}
with broken as (
    select
        {%- for name, rule in rules.items() %}
        count(*) filter (where not coalesce(({{ rule }}), false)) as "{{ name }}"{{ "," if not loop.last }}
        {%- endfor %}
    from {{ model }}
)

{% for name in rules -%}
select
    '{{ name }}' as rule,
    "{{ name }}" as failing_rows
from broken
where "{{ name }}" > 0
{{ "union all" if not loop.last }}
{% endfor -%}
{% endtest %}
