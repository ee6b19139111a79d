# size: 122 64
set multiplot layout 1,2
set xlabel "variance of the inputs"
set ylabel "variance of the outputs"
set key top left
set xrange [0:3]
set yrange [0:5]
plot OUT."/selu-solve-map.tsv" skip 1 using 1:2 lt 1 title "LeCun", "" skip 1 using 1:3 lt 2 title "He", "" skip 1 using 1:4 lt 3 title "notebook", x ls 11 title "diagonal"
unset key
set xlabel "layer"
set ylabel "variance"
set logscale y
set format y (FORMAT eq "pdf" ? "$10^{%L}$" : "10^{%L}")
set xrange [0:20]
set yrange [0.01:100]
plot for [i=2:5] OUT."/selu-solve-path.tsv" skip 1 using 1:i with linespoints lt 1
unset multiplot
