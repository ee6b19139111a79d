# size: 122 64
set xlabel "step"
set ylabel "training loss"
set xrange [0:1575]
set yrange [0.2:1.6]
unset key
set rmargin 18
set label 1 "gradient descent" at 1590,0.44 left tc lt 1
set label 2 "momentum, Nesterov" at 1590,0.34 left tc lt 2
set label 3 "Adam" at 1590,0.27 left tc lt 4
plot OUT."/optimizers-sgd.tsv" skip 1 lt 1, OUT."/optimizers-momentum.tsv" skip 1 lt 2, \
     OUT."/optimizers-nesterov.tsv" skip 1 lt 3 dt 2, OUT."/optimizers-adam.tsv" skip 1 lt 4
