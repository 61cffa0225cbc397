# What all shell jobs share: where a table lies, and how it is written.
# A table is a folder below $WAREHOUSE_HOME, a partition a TSV file with a header line.

die() { # MESSAGE [EXIT CODE]
  echo "error: $1" >&2
  exit "${2:-1}"
}

[ -n "${WAREHOUSE_HOME:-}" ] || die 'WAREHOUSE_HOME is not set: it names the directory that holds the tables'

table() { # NAME PARTITION: prints the path
  echo "$WAREHOUSE_HOME/$1/$2.tsv"
}

readable() { # FILE JOB: fails unless the file is there, and names the job that makes it
  [ -r "$1" ] || die "$1 does not exist: has $2 run?"
}

publish() { # FILE COMMAND: the command's output becomes the file, whole or not at all
  mkdir -p "${1%/*}"
  if "$2" >"$1.part.$$"; then
    mv "$1.part.$$" "$1"
    echo "wrote $1"
  else
    rm -f "$1.part.$$"
    die "$1 was not written"
  fi
}
