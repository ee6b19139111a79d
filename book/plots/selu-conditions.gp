# size: 122 84
F(k) = sprintf("%s/selu-conditions-curve-%d.tsv", OUT, k)
set logscale y
set xlabel "layer"
set ylabel "variance"
set xrange [0:100]
set yrange [1e-6:1e8]
set format y "10^{%L}"
set ytics 100
set rmargin 16
unset key
set label 1 "skip connections" at 30,2e7 left tc lt 4
set label 2 "He" at 101,3e4 left tc lt 2
set label 3 "He, sums 0" at 101,25 left tc lt 6
set label 4 "inputs too wide" at 12,60 left tc lt 5
set label 5 "dropout" at 101,3 left tc lt 7
set label 6 "all kept" at 101,0.5 left tc lt 1
set label 7 "notebook" at 44,1e-5 left tc lt 3
plot F(8) skip 1 lt 4, F(3) skip 1 lt 2, F(4) skip 1 lt 6, F(2) skip 1 lt 5, F(6) skip 1 lt 7, F(0) skip 1 lt 1, F(5) skip 1 lt 3
