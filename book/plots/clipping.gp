set xlabel "step"
set ylabel "training loss"
set logscale y
set xrange [0:600]
set yrange [0.3:1000]
set ytics ("0.3" 0.3, "1" 1, "3" 3, "10" 10, "30" 30, "100" 100, "300" 300, "1000" 1000)
F(k) = OUT."/clipping-".k.".tsv"
unset key
set label 1 "clipped by norm" at 120,30 left tc lt 1
set label 2 "clipped by value" at 60,0.55 left tc lt 2
plot log(10) ls 11, F("value") skip 1 lt 2, F("norm") skip 1 lt 1
