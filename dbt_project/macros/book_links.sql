{# A line is its debt and its payment whole: the only one on both, and it settles the debt, at less than its total too. #}
{% macro settles_whole(payment_id, debt_id, debt) -%}
count(*) over (partition by lines.client_id, lines.{{ payment_id }}) = 1
        and count(*) over (partition by lines.client_id, lines.{{ debt_id }}) = 1
        and coalesce({{ debt }}.open_minor = 0 or lines.applied_minor = {{ debt }}.total_minor, true)
{%- endmacro %}
