-- Aging, open documents and the portfolio's totals are three views of the same money.
with aging as (
    select
        client_id,
        side,
        currency_code,
        sum(open_minor) as open_minor,
        sum(document_count) as documents
    from {{ ref('pub_aging') }}
    group by client_id, side, currency_code
),

documents as (
    select
        client_id,
        'payable' as side,
        currency_code,
        sum(open_minor) as open_minor,
        count(*) as documents
    from {{ ref('pub_open_bills') }}
    group by client_id, currency_code

    union all

    select
        client_id,
        'receivable' as side,
        currency_code,
        sum(open_minor) as open_minor,
        count(*) as documents
    from {{ ref('pub_open_invoices') }}
    group by client_id, currency_code
),

portfolio as (
    select
        client_id,
        'payable' as side,
        currency_code,
        ap_open_minor as open_minor
    from {{ ref('pub_portfolio') }}

    union all

    select
        client_id,
        'receivable' as side,
        currency_code,
        ar_open_minor as open_minor
    from {{ ref('pub_portfolio') }}
)

select
    aging.client_id,
    aging.side,
    aging.currency_code,
    aging.open_minor,
    documents.open_minor as documents_open_minor,
    portfolio.open_minor as portfolio_open_minor
from aging
left join documents
    on
        aging.client_id = documents.client_id
        and aging.side = documents.side
        and aging.currency_code = documents.currency_code
left join portfolio
    on
        aging.client_id = portfolio.client_id
        and aging.side = portfolio.side
        and aging.currency_code = portfolio.currency_code
where
    aging.open_minor <> coalesce(documents.open_minor, 0)
    or aging.documents <> coalesce(documents.documents, 0)
    or aging.open_minor <> coalesce(portfolio.open_minor, aging.open_minor)
