# The normal day: highest, lowest and mean temperature of each day of the year.
# The mean is the middle of highest and lowest, as for observed days.
# usage: normals.sh WEEK

set -eu
. ./tables.sh

hours=$(table ods/normals "week=$1")
readable "$hours" ods/normals

days() {
  awk -F'\t' -v OFS='\t' '
    NR == 1 { next }
    !($1 in max) { order[++days] = $1; max[$1] = min[$1] = $3 }
    $3 + 0 > max[$1] + 0 { max[$1] = $3 }
    $3 + 0 < min[$1] + 0 { min[$1] = $3 }
    END {
      print "day", "max", "min", "mean"
      for (i = 1; i <= days; i++) {
        day = order[i]
        print day, max[day], min[day], sprintf("%.2f", (max[day] + min[day]) / 2)
      }
      exit days != 366
    }
  ' "$hours"
}

publish "$(table dw/normals "week=$1")" days
