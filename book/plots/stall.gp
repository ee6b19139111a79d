set xlabel "step" offset 0,0.6
set ylabel "training loss"
set xrange [0:600]
set yrange [0:2.6]
set rmargin 16
F(k) = sprintf("%s/stall-curve-%d.tsv", OUT, k)
unset key
set label 1 "logistic, 5" at 605,2.30 left tc lt 1
set label 2 "logistic, 3" at 605,1.45 left tc lt 5
set label 3 "logistic, 1" at 605,0.62 left tc lt 3
set label 4 "tanh, 5" at 605,0.40 left tc lt 2
set label 5 "ln 10" at 8,2.42 left tc ls 11
plot log(10) ls 11, F(3) skip 1 lt 1, F(2) skip 1 lt 5, F(1) skip 1 lt 3, F(4) skip 1 lt 2
