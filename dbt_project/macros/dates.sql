{# The day in `zone` on which an instant falls. #}
{% macro local_date(instant, zone) -%}
    cast(timezone({{ zone }}, {{ instant }}) as date)
{%- endmacro %}

{# A rail's unix seconds as an instant. #}
{% macro unix_instant(seconds) -%}
    to_timestamp({{ seconds }})
{%- endmacro %}

{# The instant at which a day begins, in UTC whatever the session's zone. #}
{% macro day_start(day) -%}
    timezone('UTC', cast({{ day }} as timestamp))
{%- endmacro %}
