set xlabel "step" offset 0,0.6
set ylabel "training loss"
set xrange [0:600]
set yrange [0:2.6]
set key outside bottom center horizontal maxrows 2
F = OUT."/stall.tsv"
plot log(10) ls 11 notitle, \
     F using 1:4 lt 1 title "logistic, 5 hidden layers", F using 1:3 lt 5 title "logistic, 3", \
     F using 1:2 lt 3 title "logistic, 1", F using 1:5 lt 2 title "tanh, 5 hidden layers"
