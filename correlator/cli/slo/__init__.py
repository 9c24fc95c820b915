"""correlator slo: whether promises are kept, and what spends their error budgets. One file a command.

report    a day, a week or a month of objectives, as text, pages or files
rules     an objective as rules of Prometheus, printed
"""

import typer

from correlator.cli.slo.report import report
from correlator.cli.slo.rules import rules

slo = typer.Typer(name="slo", no_args_is_help=True, help="Watch objectives: error budgets, burn rates, who is called.")

for command in (report, rules):
    slo.command()(command)
