set xlabel "step"
set ylabel "training loss"
set xrange [0:1500]
set yrange [0:3]
set key outside top right horizontal
FILE = OUT."/depth.tsv"
plot log(10) ls 11 notitle, \
     for [k=2:6] FILE using 1:k lt 2 title (k == 2 ? "Glorot" : ""), \
     for [k=7:11] FILE using 1:k lt 1 title (k == 7 ? "He" : "")
