F(d) = sprintf("%s/snn-curves-%d.tsv", OUT, d)
set xlabel "epoch"
set ylabel "training loss"
set yrange [0:2.6]
set xrange [1:8]
set key outside right center
plot F(8) skip 1 using 1:2 lt 1 title "SELU, 8", F(16) skip 1 using 1:2 lt 2 title "SELU, 16", F(32) skip 1 using 1:2 lt 3 title "SELU, 32", \
     F(8) skip 1 using 1:3 lt 1 dt (6,4) title "norm., 8", F(16) skip 1 using 1:3 lt 2 dt (6,4) title "norm., 16", F(32) skip 1 using 1:3 lt 3 dt (6,4) title "norm., 32"
