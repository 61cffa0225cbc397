"""What all Python jobs share: where a table lies, how it is read and written.

A table is a folder below $WAREHOUSE_HOME, a partition a TSV file with a header line.
"""

import os
import sys
from pathlib import Path


def fail(message):
    sys.exit(f"error: {message}")


def home():
    path = os.environ.get("WAREHOUSE_HOME")
    return Path(path) if path else fail("WAREHOUSE_HOME is not set: it names the directory that holds the tables")


def path_of(table, partition):
    return home() / table / f"{partition}.tsv"


def read(table, partition):
    """The rows of a partition as dictionaries of text; fails when it does not exist."""
    path = path_of(table, partition)
    if not path.exists():
        fail(f"{path} does not exist: has {table} run?")
    header, *lines = path.read_text().splitlines()
    return [dict(zip(header.split("\t"), line.split("\t"))) for line in lines]


def read_one(table, partition):
    rows = read(table, partition)
    return rows[0] if len(rows) == 1 else fail(f"{path_of(table, partition)} has {len(rows)} rows, expected one")


def write(table, partition, rows):
    """Writes a partition of at least one row; all rows have the same columns."""
    lines = ["\t".join(rows[0]), *("\t".join(str(value) for value in row.values()) for row in rows)]
    publish(path_of(table, partition), "\n".join(lines) + "\n")


def publish(path, text):
    """The text becomes the file, whole or not at all: a reader never sees half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{path.name}.part.{os.getpid()}")
    part.write_text(text)
    part.replace(path)
    print(f"wrote {path}")
