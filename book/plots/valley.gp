# size: 122 112
set multiplot layout 4,1 margins 0.06,0.98,0.06,0.98 spacing 0,0.02
set xrange [-3.4:10.6]
set yrange [-2.75:2.75]
set parametric
set trange [0:2*pi]
unset grid
unset tics
set border 0
unset key
kappa = 50.0
array name[4] = ["plain descent", "momentum", "Nesterov", "Adam"]
do for [k=0:3] {
    set label 1 name[k+1] at graph 0.02, 0.9 left tc lt k+1
    plot for [r=1:10:3] r*cos(t), r*sin(t)/sqrt(kappa) with lines lc rgb "#D5DDE5" lw 0.8 notitle, \
         OUT."/valley-path.tsv" skip 1 using ($1 == k ? $2 : NaN):3 with linespoints lt k+1 lw 1.3 ps 0.35
}
unset multiplot
