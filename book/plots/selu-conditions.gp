# size: 122 84
F = OUT."/selu-conditions.tsv"
set logscale y
set xlabel "layer"
set ylabel "variance"
set xrange [0:100]
set yrange [1e-6:1e8]
set format y (FORMAT eq "pdf" ? "$10^{%L}$" : "10^{%L}")
set ytics 100
set key outside right center
plot F using 1:10 lt 4 title "skip connections", F using 1:5 lt 2 title "He", F using 1:6 lt 6 title "He, sums 0", F using 1:4 lt 5 title "inputs too wide", F using 1:8 lt 7 title "dropout", F using 1:2 lt 1 title "all kept", F using 1:7 lt 3 title "notebook"
