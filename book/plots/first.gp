# size: 122 70
F = OUT."/first-gradients.tsv"
set logscale y
set format y "10^{%L}"
set xlabel "dense layer"
set ylabel "size of the gradient"
set xrange [1:21]
set xtics ("1" 1, "5" 5, "10" 10, "15" 15, "20" 20)
set yrange [1e-17:1]
set ytics 1e4
unset key
set label 1 "tanh" at 6,3e-2 left tc lt 2
set label 2 "sigmoid" at 6,1e-14 left tc lt 1
plot F skip 1 using 1:3 with linespoints lt 2, F skip 1 using 1:2 with linespoints lt 1
