# size: 122 128
F = OUT."/on-purpose.tsv"
set multiplot layout 2,1 margins 0.13,0.98,0.09,0.98 spacing 0.06
set logscale y
set format y "10^{%L}"
set xrange [1:20]
set xtics ("" 1, "5" 5, "10" 10, "15" 15, "20" 20)
set format x ""
set yrange [1e-9:1e5]
set ytics 1e3
set ylabel "spread of the activations"
unset key
plot F using 1:10 with linespoints lt 4, F using 1:8 with linespoints lt 3, F using 1:6 with linespoints lt 5, \
     F using 1:4 with linespoints lt 2, F using 1:2 with linespoints lt 1
set xtics ("1" 1, "5" 5, "10" 10, "15" 15, "20" 20)
set xlabel "layer"
set yrange [1e-13:1e5]
set ylabel "gradient, relative to the last"
set key inside bottom right
plot F using 1:11 with linespoints lt 4 title "none, gain 1.5", F using 1:9 with linespoints lt 3 title "tanh, gain 2", \
     F using 1:7 with linespoints lt 5 title "tanh, gain 1", F using 1:5 with linespoints lt 2 title "tanh, gain 0.577", \
     F using 1:3 with linespoints lt 1 title "logistic, gain 1"
unset multiplot
