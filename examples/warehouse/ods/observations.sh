# Lands the weather record of one day, from the volume of its year.
# usage: observations.sh YYYYMMDD

set -eu
. ./tables.sh

dt=$1
year=$(echo "$dt" | cut -c1-4)
date=$year-$(echo "$dt" | cut -c5-6)-$(echo "$dt" | cut -c7-8)

# Exit 75 of the archive ("come again") becomes ours, and the scheduler comes again.
volume=$(sh ./archive.sh "$year")

record() {
  awk -F, -v OFS='\t' -v date="$date" '
    NR == 1 { $1 = $1; print }
    $1 == date { $1 = $1; print; found++; fields = NF }
    END {
      if (found == 1 && fields == 6) exit 0
      print "error: " found + 0 " complete records of " date ", expected one" >"/dev/stderr"
      exit 1
    }
  ' "$volume"
}

publish "$(table ods/observations "dt=$dt")" record
