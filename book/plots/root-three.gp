# size: 122 84
set xlabel "layer" offset 0,0.6
set ylabel "mean square"
set logscale y
set yrange [1e-11:20]
set xrange [0:20]
set key outside bottom center horizontal maxrows 2
FILE = OUT."/root-three.tsv"
plot FILE using 1:6 lt 1 title "right bound: signal", \
     "" using 1:7 with points lt 1, \
     "" using 1:8 lt 5 dt (8,4) title "right bound: gradient", \
     "" using 1:9 with points lt 5, \
     "" using 1:2 lt 2 title "notebook's bound: signal", \
     "" using 1:3 with points lt 2, \
     "" using 1:4 lt 6 dt (8,4) title "notebook's bound: gradient", \
     "" using 1:5 with points lt 6
