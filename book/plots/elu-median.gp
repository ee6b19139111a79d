F = OUT."/elu-median.tsv"
set xlabel "epoch"
set ylabel "median of the mean activations"
set yrange [0:0.8]
set key outside right center
plot F using 1:2 with linespoints lt 1 title "ReLU", F using 1:3 with linespoints lt 2 title "leaky 0.1", F using 1:4 with linespoints lt 3 title "ELU"
