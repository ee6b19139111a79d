# size: 122 60
set xlabel "step"
set ylabel "loss"
set xrange [0:60]
set yrange [0:0.8]
set ytics 0.2
set key bottom right
plot log(2) ls 11 title "ln 2", \
     OUT."/descent.tsv" skip 1 using 1:3 lt 2 title "ring", \
     OUT."/descent.tsv" skip 1 using 1:2 lt 1 title "clouds"
