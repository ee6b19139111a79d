# size: 122 66
F = OUT."/slopes.tsv"
set multiplot layout 1,2
set xlabel "z"
set key top left
set title "f(z)"
set xrange [-4:4]
set yrange [-1:4]
plot F using 1:6 lt 1 title "ReLU", F using 1:8 lt 2 title "leaky", F using 1:10 lt 3 title "softplus", F using 1:12 lt 4 title "GELU", F using 1:16 lt 5 title "Mish"
set title "slope"
set yrange [-0.2:1.4]
unset key
plot F using 1:7 lt 1, F using 1:9 lt 2, F using 1:11 lt 3, F using 1:13 lt 4, F using 1:17 lt 5
unset multiplot
