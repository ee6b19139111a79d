set xlabel "step"
set ylabel "training loss"
set xrange [0:1500]
set yrange [0:3]
set key outside top right horizontal
FILE = OUT."/depth.tsv"
plot log(10) ls 11 notitle, \
     for [k=12:16] FILE using 1:k lt 2 title (k == 12 ? "Glorot" : ""), \
     for [k=17:21] FILE using 1:k lt 1 title (k == 17 ? "He" : "")
