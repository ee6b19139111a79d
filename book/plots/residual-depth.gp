# size: 122 62
set xlabel "layers"
set ylabel "validation accuracy, per cent"
set logscale x
set xrange [1.7:260]
set xtics ("2" 2, "10" 10, "50" 50, "200" 200)
set yrange [0:90]
set ytics 20
unset key
set label 1 "scaled by $1/\\sqrt{L}$" at 200, 86 right textcolor lt 3
set label 2 "pre-norm" at 200, 71.5 right textcolor lt 1
set label 3 "post-norm" at 75, 48 left textcolor lt 4
set label 4 "plain" at 15, 36 right textcolor lt 2
if (FORMAT eq "svg") { set label 1 "scaled by 1/√L" }
F = OUT."/residual-depth.tsv"
plot F skip 1 using 1:2 with linespoints lt 2, F skip 1 using 1:5 with linespoints lt 4, \
     F skip 1 using 1:3 with linespoints lt 3, F skip 1 using 1:4 with linespoints lt 1
