set xlabel "step"
set ylabel "training loss"
set logscale y
set xrange [0:600]
set yrange [0.3:1000]
set ytics ("0.3" 0.3, "1" 1, "3" 3, "10" 10, "30" 30, "100" 100, "300" 300, "1000" 1000)
F = OUT."/clipping.tsv"
plot log(10) ls 11 notitle, F using 1:3 lt 2 title "clipped by value", F using 1:2 lt 1 title "clipped by norm"
