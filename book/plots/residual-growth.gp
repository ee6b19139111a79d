# size: 122 66
set multiplot layout 1,2 margins 0.10,0.985,0.17,0.90 spacing 0.07
set logscale y
set xrange [0:50]
set xtics 10
set yrange [1e-2:1e16]
set ytics ("1" 1, "10^{3}" 1e3, "10^{6}" 1e6, "10^{9}" 1e9, "10^{12}" 1e12, "10^{15}" 1e15)
set mytics 1
unset key
set xlabel "block"
set title "signal, on its way up" offset 0,-0.5
set label 1 "residual" at 21, 3e8 right textcolor lt 2
set label 2 "pre-norm" at 49, 6e2 right textcolor lt 1
set label 3 "the others" at 49, 0.06 right textcolor lt 7
plot OUT."/residual-growth-0.tsv" skip 1 using 1:2 lt 7 lw 1, \
     OUT."/residual-growth-5.tsv" skip 1 using 1:2 lt 4, \
     OUT."/residual-growth-3.tsv" skip 1 using 1:2 lt 5, \
     OUT."/residual-growth-2.tsv" skip 1 using 1:2 lt 3, \
     OUT."/residual-growth-4.tsv" skip 1 using 1:2 lt 1, \
     OUT."/residual-growth-1.tsv" skip 1 using 1:2 lt 2
set title "gradient, on its way down"
set format y ""
set ytics ("" 1, "" 1e3, "" 1e6, "" 1e9, "" 1e12, "" 1e15)
set label 1 "residual" at 27, 3e9 left
set label 3 "the others" at 49, 0.06 right textcolor lt 7
set label 2 "pre-norm" at 1.5, 9e2 left
plot OUT."/residual-growth-0.tsv" skip 1 using 1:3 lt 7 lw 1, \
     OUT."/residual-growth-5.tsv" skip 1 using 1:3 lt 4, \
     OUT."/residual-growth-3.tsv" skip 1 using 1:3 lt 5, \
     OUT."/residual-growth-2.tsv" skip 1 using 1:3 lt 3, \
     OUT."/residual-growth-4.tsv" skip 1 using 1:3 lt 1, \
     OUT."/residual-growth-1.tsv" skip 1 using 1:3 lt 2
unset multiplot
