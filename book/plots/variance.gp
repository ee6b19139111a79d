set xlabel "layer"
set ylabel "mean square of the gradient"
set logscale y
set yrange [1e-17:1e4]
set xrange [0:50]
set key outside right center
FILE = OUT."/variance.tsv"
plot FILE using 1:12 lt 2 title "tanh, he", "" using 1:13 every 2 with points lt 2, \
     "" using 1:22 lt 4 title "selu, lecun", "" using 1:23 every 2 with points lt 4, \
     "" using 1:16 lt 1 title "relu, he", "" using 1:17 every 2 with points lt 1, \
     "" using 1:8 lt 3 title "tanh, glorot", "" using 1:9 every 2 with points lt 3, \
     "" using 1:14 lt 5 title "relu, glorot", "" using 1:15 every 2 with points lt 5, \
     "" using 1:4 lt 7 title "sigmoid, glorot", "" using 1:5 with points lt 7
