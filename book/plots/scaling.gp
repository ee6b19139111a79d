# size: 122 60
set xlabel "weight in standard deviations"
set ylabel "density"
set xrange [-4:4]
set yrange [0:0.55]
FILE = OUT."/scaling.tsv"
plot FILE using 1:2 with histeps lt 2 title "truncated normal", \
     "" using 1:3 with histeps lt 1 title "normal", \
     "" using 1:4 with histeps lt 3 title "uniform"
