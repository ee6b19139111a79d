set xlabel "layer"
set ylabel "mean square of the gradient"
set logscale y
set format y "10^{%L}"
set yrange [1e-17:1e4]
set xrange [0:50]
set lmargin 22
set ytics offset 0,0
unset key
F(k) = OUT."/variance-".word("tanh-he selu-lecun relu-he tanh-glorot relu-glorot sigmoid-glorot", k).".tsv"
array colour[6] = [2, 4, 1, 3, 5, 7]
set label 1 "tanh, He" at 4,2e3 left tc lt 2
set label 2 "SELU, LeCun" at 14,1.2e2 left tc lt 4
set label 3 "ReLU, He" at 30,0.12 left tc lt 1
set label 4 "tanh, Glorot" at 12,3e-3 left tc lt 3
set label 5 "ReLU, Glorot" at 18,2e-12 left tc lt 5
set label 6 "sigmoid, Glorot" at 38.3,1e-15 left tc lt 7
unset lmargin
plot for [k=1:6] F(k) skip 1 using 1:2 lt colour[k], for [k=1:6] F(k) skip 1 every 2 using 1:3 with points lt colour[k]
