{# Many row rules in one scan: each result row names a broken rule and how often. A rule that is null is broken. #}
{% test rules(model, rules) %}
select broken.rule, count(*) as row_count
from (
    select unnest([
        {% for name, rule in rules.items() %}
        case when not coalesce({{ rule }}, false) then '{{ name }}' end{{ ',' if not loop.last }}
        {% endfor %}
    ]) as rule
    from {{ model }}
) as broken
where broken.rule is not null
group by broken.rule
{% endtest %}
