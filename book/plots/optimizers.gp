# size: 122 64
set xlabel "step"
set ylabel "training loss"
set xrange [0:1575]
set yrange [0.2:1.6]
plot OUT."/optimizers.tsv" skip 1 using 1:2 lt 1 title "gradient descent", \
     OUT."/optimizers.tsv" skip 1 using 1:3 lt 2 title "momentum", \
     OUT."/optimizers.tsv" skip 1 using 1:4 lt 3 title "Nesterov", \
     OUT."/optimizers.tsv" skip 1 using 1:5 lt 4 title "Adam"
