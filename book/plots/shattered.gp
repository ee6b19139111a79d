# size: 122 78
array M[4]
do for [k=0:3] { stats OUT."/shattered-".k.".tsv" skip 1 using (abs($1)) nooutput; M[k+1] = STATS_max }
set multiplot layout 2,2 margins 0.09,0.985,0.13,0.93 spacing 0.05,0.12
set xrange [-2:2]
set yrange [-1.1:1.1]
set xtics 1
set ytics 1
unset key
set format x ""
set title "plain" offset 0,-0.7
plot 0 ls 11 lw 0.6, OUT."/shattered-0.tsv" skip 1 using (4.*$0/255-2):($1/M[1]) lt 2 lw 1.2
set format y ""
set title "plain, batch normalization"
plot 0 ls 11 lw 0.6, OUT."/shattered-1.tsv" skip 1 using (4.*$0/255-2):($1/M[2]) lt 2 lw 1.2
set format x "%g"
set format y "%g"
set xlabel "input"
set title "residual, $s=1/8$"
if (FORMAT eq "svg") { set title "residual, s = 1/8" }
plot 0 ls 11 lw 0.6, OUT."/shattered-2.tsv" skip 1 using (4.*$0/255-2):($1/M[3]) lt 1 lw 1.2
set format y ""
set title "residual, pre-norm"
plot 0 ls 11 lw 0.6, OUT."/shattered-3.tsv" skip 1 using (4.*$0/255-2):($1/M[4]) lt 1 lw 1.2
unset multiplot
