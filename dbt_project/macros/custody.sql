{# A payout and a bank line are each other's only pair: of the payout's posted (or pending) lines, of the line's payouts. #}
{% macro is_only_pair() -%}
count(*) over (partition by client_id, payout_id, is_pending) = 1
        and count(*) over (partition by client_id, posting_id_plaid) = 1
{%- endmacro %}

{# The pairs that a round left over: neither their payout nor their line was taken by it. #}
{% macro left_after(round, pairs) -%}
select {{ pairs }}.*
    from {{ pairs }}
    left join {{ round }} as payouts
        on
            {{ pairs }}.client_id = payouts.client_id
            and {{ pairs }}.payout_id = payouts.payout_id
            and {{ pairs }}.is_pending = payouts.is_pending
    left join {{ round }} as lines
        on {{ pairs }}.client_id = lines.client_id and {{ pairs }}.posting_id_plaid = lines.posting_id_plaid
    where payouts.payout_id is null and lines.payout_id is null
{%- endmacro %}

{# Whether a bank line carries a payment's trace: as its reference, or its last ten digits in the text. #}
{% macro carries_trace(line, payment) -%}
{{ payment }}.trace_id = {{ line }}.reference_number
                or (length({{ payment }}.trace_id) >= 10 and contains({{ line }}.text_mark, right({{ payment }}.trace_id, 10)))
{%- endmacro %}
