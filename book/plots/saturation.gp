# size: 122 62
F = OUT."/saturation-curves.tsv"
set multiplot layout 1,2 margins 0.08,0.98,0.20,0.90 spacing 0.09
set xlabel "pre-activation z"
set xrange [-6:6]
set xtics 2
set object 1 rectangle from -0.655,graph 0 to 0.655,graph 1 fc rgb "#E3EAF0" fs solid noborder behind
set arrow 1 from -3.64,graph 0 to -3.64,graph 1 nohead ls 11
set arrow 2 from 3.64,graph 0 to 3.64,graph 1 nohead ls 11
set title "value" offset 0,-0.5
set yrange [-1.1:1.1]
set ytics 0.5
set key bottom right
plot F skip 1 using 1:2 lt 1 title "logistic", "" skip 1 using 1:4 lt 2 title "tanh"
set title "slope"
set yrange [0:1.1]
set ytics 0.25
unset key
plot F skip 1 using 1:3 lt 1, "" skip 1 using 1:5 lt 2
unset multiplot
