F = OUT."/snn.tsv"
set xlabel "epoch"
set ylabel "training loss"
set yrange [0:2.6]
set key outside right center
plot F using 1:2 lt 1 title "SELU, 8", F using 1:4 lt 2 title "SELU, 16", F using 1:6 lt 3 title "SELU, 32", F using 1:3 lt 1 dt (6,4) title "norm., 8", F using 1:5 lt 2 dt (6,4) title "norm., 16", F using 1:7 lt 3 dt (6,4) title "norm., 32"
