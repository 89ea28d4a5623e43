{# The days from due date to payment as a person says them: on the day, 1 day after it, 3 days before it. #}
{% macro usual_delay(days) -%}
(
    case
        when {{ days }} = 0 then 'on the day'
        else
            abs({{ days }}) || case when abs({{ days }}) = 1 then ' day ' else ' days ' end
            || case when {{ days }} > 0 then 'after it' else 'before it' end
    end
)
{%- endmacro %}
