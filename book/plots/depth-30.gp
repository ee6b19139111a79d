set xlabel "step"
set ylabel "training loss"
set xrange [0:1500]
set yrange [0:3]
unset key
G = OUT."/depth-curves-2.tsv"
H = OUT."/depth-curves-3.tsv"
set label 1 "Glorot" at graph 0.62,0.80 left tc lt 2
set label 2 "He" at graph 0.05,0.12 left tc lt 1
set label 3 "ln 10" at graph 0.92,0.80 left tc ls 11
plot log(10) ls 11, G skip 1 lt 2, H skip 1 lt 1
