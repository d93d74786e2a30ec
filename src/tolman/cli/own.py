"""The commands on one's own data: activations, facts and documents."""

from __future__ import annotations

from typing import Any

import click

from tolman.cli import options


@click.command()
@click.argument("activations", nargs=-1, required=True, metavar="FILE...")
@click.option("--features", metavar="TABLE", required=True, help="Labels of the same rows: CSV, TSV or Parquet.")
@click.option("--layer", "layers", metavar="NAME", multiple=True, help="Only this layer; repeatable.")
@click.option("--feature", "only", metavar="NAME", multiple=True, help="Only this column; repeatable.")
@click.option("--classes", metavar="NAME", multiple=True, help="This column names classes; repeatable.")
@click.option("--quantity", metavar="NAME", multiple=True, help="This column is a quantity; repeatable.")
@click.option("--key", metavar="NAME", default="", help="Match rows by this column, which all files hold.")
@click.option("--missing", type=click.Choice(["refuse", "drop", "keep"]), default="refuse", show_default=True,
              help="Rows without a label: drop them, or keep them as a class.")  # fmt: skip
@click.option(
    "--group", "groups", metavar="NAME", default="", help="Rows alike in this column stay together in every split."
)
@click.option("--seed", type=options.SEED, default=0, show_default=True, help="Of folds and subsamples.")
@click.option("-o", "--output", metavar="FILE", help="Also write an HTML page.")
@options.json
def audit(as_json: bool, **request: Any) -> None:
    """Measure how your own activations represent features, and to which of them PCA, RSA and regression respond.

    FILE holds arrays [rows, units]: .npz, .npy, .safetensors or .parquet, one layer or more; several files are
    compared, for example two models. For example: tolman audit activations.npz --features features.csv -o audit.html
    """
    from tolman.cli import audit as command

    command.audit(command.AuditRequest(**request), as_json=as_json)


@click.command()
@click.argument("source", metavar="FACTS|DOCUMENTS|FOLDER")
@click.option("--tests", metavar="FILE", help="Questions about documents, as for `tolman run texts`; default: made.")
@click.option("--model", metavar="MODEL", default="reader", show_default=True, help="What to start from, as for run.")
@click.option("--learner", "learners", metavar="NAME", multiple=True, help="Compare only this learner; repeatable.")
@options.scale
@options.set
@click.option(
    "--price",
    type=options.Number(min=0),
    default=0.1,
    show_default=True,
    metavar="EUR",
    help="Euros for a million tokens read, of the model you would use.",
)
@options.records
@click.option("-o", "--output", metavar="FILE", help="Also write an HTML page.")
@click.option("--export", metavar="FOLDER", help="Also write a search index and training data, into a new folder.")
@options.json
def advise(as_json: bool, **request: Any) -> None:
    """Finetune on your facts or documents, put them in the prompt, or retrieve them? Measure it, and recommend.

    FACTS is a table with the columns subject, relation, object (.csv, .tsv, .jsonl, .parquet); DOCUMENTS a .jsonl file
    of objects with id and text; FOLDER holds .txt or .md files. Without --tests, questions about documents are made
    from their sentences. An interrupted call goes on where it stopped.

    For example: tolman advise my_facts.csv -o advice.html --export advice
    """
    from tolman.cli import advise as command

    command.advise(command.AdviceRequest(**request), as_json=as_json)
