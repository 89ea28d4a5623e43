"""When, and in what order. Wraps ingestion, dbt, the gate and publish; decides nothing about money."""
