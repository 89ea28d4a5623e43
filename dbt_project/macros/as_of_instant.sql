{# The instant that counts as now, UTC. Given by whoever starts the build; only a build nobody dated falls back to its start. #}
{% macro as_of_instant() -%}
cast('{{ var("as_of_at", none) or env_var("ROWCOL_AS_OF", run_started_at.isoformat()) }}' as timestamptz)
{%- endmacro %}
