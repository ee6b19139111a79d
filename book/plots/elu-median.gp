F = OUT."/elu-median.tsv"
set xlabel "epoch"
set ylabel "median of the mean activations"
set yrange [0:0.8]
set xrange [0:10]
set rmargin 12
unset key
set label 1 "ReLU" at 10.2,0.66 left tc lt 1
set label 2 "leaky 0.1" at 10.2,0.56 left tc lt 2
set label 3 "ELU" at 10.2,0.36 left tc lt 3
plot F skip 1 using 1:2 with linespoints lt 1, F skip 1 using 1:3 with linespoints lt 2, F skip 1 using 1:4 with linespoints lt 3
