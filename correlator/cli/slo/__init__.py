"""correlator slo: whether promises are kept, and what spends their error budgets. One file a command.

backtest  what objectives and patterns would have called in stored history
report    a day, a week or a month of objectives, as text, pages or files
rules     an objective as rules of Prometheus, printed
status    asks a running engine; answers.py what it says, status_view.py as text
"""

import typer

from correlator.cli.slo.backtest import backtest
from correlator.cli.slo.report import report
from correlator.cli.slo.rules import rules
from correlator.cli.slo.status import status

slo = typer.Typer(name="slo", no_args_is_help=True, help="Watch objectives: error budgets, burn rates, who is called.")

for command in (status, backtest, report, rules):
    slo.command()(command)
