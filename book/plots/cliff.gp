# size: 122 62
F = OUT."/cliff-curves.tsv"
set multiplot layout 1,2 margins 0.10,0.96,0.20,0.90 spacing 0.10
set xlabel "step"
set xrange [0:1000]
set xtics 250
set logscale y
set format y "10^{%L}"
set title "loss" offset 0,-0.5
set yrange [1e-8:10]
set ytics 100
set key bottom right
plot F skip 1 using 1:4 lt 5 lw 1 title "clipped", F skip 1 using 1:2 lt 2 title "plain"
set title "norm of the gradient"
set yrange [1e-5:1e4]
unset key
plot F skip 1 using 1:5 lt 5 lw 1, F skip 1 using 1:3 lt 2
unset multiplot
