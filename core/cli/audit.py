"""The command about the audit log: is it whole, what is in it, which hash to keep elsewhere."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from core import terminal
from core.cli.options import Json
from core.config import settings

if TYPE_CHECKING:
    from core.audit_chain import Verification


def audit(
    what: Annotated[
        Literal["verify", "list", "head"],
        typer.Argument(help="verify it, list its rows, or print the hash of its last row.", show_default=False),
    ],
    head: Annotated[
        str, typer.Option(help="With verify: a hash that `head` printed earlier; finds rows cut off at the end.")
    ] = "",
    last: Annotated[int, typer.Option(help="With list: how many of the newest rows; 0 for all.", min=0)] = 0,
    as_json: Json = False,
) -> None:
    """Verify the audit log, list it, or print the hash of its last row, to be kept elsewhere."""
    from core.audit import AuditLog

    log = AuditLog(settings().database)
    if what == "head":
        _show_head(log.head(), as_json=as_json)
    elif what == "list":
        _show_rows([asdict(entry) for entry in log.entries(last=last or None)], as_json=as_json)
    else:
        _show_verification(log.verify(head=head or None), as_json=as_json)


def _show_head(head: str, *, as_json: bool) -> None:
    if as_json:
        terminal.show({"head": head}, as_json=True)
    else:
        typer.echo(head)


def _show_rows(rows: list[dict[str, Any]], *, as_json: bool) -> None:
    if as_json:
        terminal.show(rows, as_json=True)
        return
    for row in rows:
        typer.echo("\t".join("" if value is None else str(value) for value in row.values()))


def _show_verification(found: "Verification", *, as_json: bool) -> None:
    if as_json:
        terminal.show(asdict(found), as_json=True)
    if found.problem:
        terminal.refuse(f"Expected an audit log that nobody has tampered with. Received: {found.problem}")
    if not as_json:
        typer.echo(f"The audit log is whole: {found.rows:,} rows. Head: {found.head}")
