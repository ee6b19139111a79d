# size: 122 66
F(k) = OUT."/slopes-".word("relu leaky_relu softplus gelu mish", k).".tsv"
array style[5] = [1, 2, 3, 4, 5]
set multiplot layout 1,2
set xlabel "z"
set title "f(z)"
set xrange [-4:4]
set yrange [-1.3:4]
set key top left
plot F(1) skip 1 using 1:2 lt 1 title "ReLU", F(2) skip 1 using 1:2 lt 2 dt (8,3) title "leaky", F(3) skip 1 using 1:2 lt 3 title "softplus", \
     F(4) skip 1 using 1:2 lt 4 dt (3,3) title "GELU", F(5) skip 1 using 1:2 lt 6 title "Mish"
set title "slope"
set yrange [-0.2:1.4]
unset key
plot F(1) skip 1 using 1:3 lt 1, F(2) skip 1 using 1:3 lt 2 dt (8,3), F(3) skip 1 using 1:3 lt 3, F(4) skip 1 using 1:3 lt 4 dt (3,3), F(5) skip 1 using 1:3 lt 6
unset multiplot
