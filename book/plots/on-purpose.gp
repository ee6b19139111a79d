# size: 122 128
F = OUT."/on-purpose-curves.tsv"
set multiplot layout 2,1 margins 0.13,0.80,0.09,0.98 spacing 0.06
set logscale y
set format y "10^{%L}"
set xrange [1:20]
set xtics ("" 1, "5" 5, "10" 10, "15" 15, "20" 20)
set format x ""
set yrange [1e-9:1e5]
set ytics 1e3
set ylabel "spread of the activations"
unset key
array colour[5] = [1, 2, 5, 3, 4]
array name[5] = ["logistic, 1", "tanh, 0.577", "tanh, 1", "tanh, 2", "none, 1.5"]
array high[5] = [3e-8, 1.2e-5, 0.18, 1.6, 4e3]
do for [k=1:5] { set label k name[k] at 20.3, high[k] left tc lt colour[k] }
plot for [k=0:4] F skip 1 index k using 1:2 with linespoints lt colour[k+1]
array low[5] = [1e-12, 3e-5, 0.5, 150, 5e3]
unset label
do for [k=1:5] { set label k name[k] at 1.5, low[k] left tc lt colour[k] }
unset label
set xtics ("1" 1, "5" 5, "10" 10, "15" 15, "20" 20)
set xlabel "layer"
set yrange [1e-13:1e5]
set ylabel "gradient, relative to the last"
plot for [k=0:4] F skip 1 index k using 1:3 with linespoints lt colour[k+1]
unset multiplot
