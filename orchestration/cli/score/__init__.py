"""`rowcol score`: the warehouse's own methods on files that you give, before any rail is connected."""

import typer

from orchestration.cli.score.categories import categories
from orchestration.cli.score.days_to_pay import days_to_pay
from orchestration.cli.score.forecast import forecast
from orchestration.cli.score.missing_bills import missing_bills
from orchestration.cli.score.reconcile import reconcile
from orchestration.cli.score.recorded import tables
from orchestration.cli.score.transfers import transfers
from orchestration.cli.score.vendor_links import vendor_links
from orchestration.cli.score.vendor_pairs import vendor_pairs

app = typer.Typer(
    name="score",
    help="Run the warehouse's methods (matching, missing bills, categories, days to pay, forecasts) on your own files: "
    "CSV, .csv.gz, Parquet.",
    no_args_is_help=True,
)
app.command("categories")(categories)
app.command("vendor-pairs")(vendor_pairs)
app.command("vendor-links")(vendor_links)
app.command("missing-bills")(missing_bills)
app.command("days-to-pay")(days_to_pay)
app.command("transfers")(transfers)
app.command("reconcile")(reconcile)
app.command("forecast")(forecast)
app.command("tables")(tables)
