# size: 122 60
set xlabel "weight in standard deviations"
set ylabel "density"
set xrange [-4:4]
set yrange [0:0.55]
FILE = OUT."/scaling-bins.tsv"
unset key
set label 1 "truncated normal" at 0.55,0.46 left tc lt 2
set label 2 "normal" at 2.05,0.07 left tc lt 1
set label 3 "uniform" at -2.9,0.30 left tc lt 3
plot FILE skip 1 index 0 with histeps lt 2, "" skip 1 index 1 with histeps lt 1, "" skip 1 index 2 with histeps lt 3
