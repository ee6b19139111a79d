# size: 122 64
set xlabel "standard deviation of the initial weights"
set ylabel "accuracy, per cent"
set logscale x
set xrange [8e-5:1.25]
set yrange [0:100]
power = FORMAT eq "pdf" ? "$10^{%L}$" : "10^{%L}"
set format x power
set key at graph 0.31, 0.62 left
plot OUT."/bn-scale.tsv" skip 1 using 1:4 with linespoints lt 3 title "with, tiny epsilon", \
     OUT."/bn-scale.tsv" skip 1 using 1:3 with linespoints lt 1 title "with", \
     OUT."/bn-scale.tsv" skip 1 using 1:2 with linespoints lt 2 title "without"
