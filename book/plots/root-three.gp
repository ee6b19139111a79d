# size: 122 84
set xlabel "layer"
set ylabel "mean square"
set logscale y
set format y "10^{%L}"
set yrange [1e-11:20]
set xrange [0:20]
set rmargin 18
unset key
set label 1 "right: signal" at 20.4,3e-1 left tc lt 1
set label 2 "right: gradient" at 0.4,6 left tc lt 5
set label 3 "notebook: signal" at 20.4,1e-9 left tc lt 2
set label 4 "notebook: gradient" at 0.4,1e-8 left tc lt 6
F = OUT."/root-three-curves.tsv"
plot F skip 1 using 1:4 lt 1, F skip 1 using 1:5 with points lt 1, \
     F skip 1 using 1:8 lt 5 dt (8,4), F skip 1 using 1:9 with points lt 5, \
     F skip 1 using 1:2 lt 2, F skip 1 using 1:3 with points lt 2, \
     F skip 1 using 1:6 lt 6 dt (8,4), F skip 1 using 1:7 with points lt 6
