{# The day a build is for. Models never ask the clock, so any past day can be rebuilt. #}
{% macro as_of_date() -%} cast('{{ var("as_of_date") }}' as date) {%- endmacro %}

{# The instant a build is for, in UTC. #}
{% macro as_of_at() -%} cast('{{ var("as_of_at") }}' as timestamptz) {%- endmacro %}
