-- One row per row of a kept file that could not be read, with its reason.
select
    client_id,
    file_id,
    -- An XML file may stand on one line, so the line is no key.
    row_number() over (partition by client_id, file_id order by line, reason, text) as reject_number,
    file_name,
    account_name,
    line,
    reason,
    text as row_text
from {{ source('raw_files', 'rejects') }}
