# size: 122 58
# Three blocks as drawings: boxes, arrows, and the sum. Nothing is measured.
unset border
unset tics
unset grid
unset key
set margins 0,0,0,0
set xrange [0:12.2]
set yrange [0:5.8]
set style line 1 lc rgb "#1B4B72" lw 1.6
set style line 2 lc rgb "#5B6570" lw 1.2
set style arrow 1 head filled size 0.16,22 ls 1
set style arrow 2 head filled size 0.16,22 ls 2
set style arrow 3 nohead ls 2
branch(x, y) = sprintf("set object rect from %g,%g to %g,%g fc rgb '#E3EAF0' fs solid border lc rgb '#5B6570'; set label 'layers' at %g,%g center front", x, y, x+1.7, y+0.7, x+0.85, y+0.35)
divide(x, y) = sprintf("set object rect from %g,%g to %g,%g fc rgb '#F5DFCF' fs solid border lc rgb '#C8560E'; set label 'norm' at %g,%g center front", x, y, x+1.7, y+0.7, x+0.85, y+0.35)
plus(x, y) = sprintf("set object circle at %g,%g size 0.2 fc rgb 'white' fs solid border lc rgb '#1B4B72'; set label '+' at %g,%g center front", x, y, x, y)
# residual
x = 0.9
eval(branch(x+0.6, 2.2)); eval(plus(x, 4.2))
set arrow from x,0.5 to x,4.0 as 1
set arrow from x,4.4 to x,5.3 as 1
set arrow from x,1.1 to x+1.45,1.1 as 3
set arrow from x+1.45,1.1 to x+1.45,2.2 as 2
set arrow from x+1.45,2.9 to x+1.45,4.2 as 3
set arrow from x+1.45,4.2 to x+0.2,4.2 as 2
set label "residual" at x+0.7,0.1 center
# pre-norm
x = 5.0
eval(divide(x+0.6, 1.6)); eval(branch(x+0.6, 2.8)); eval(plus(x, 4.2))
set arrow from x,0.5 to x,4.0 as 1
set arrow from x,4.4 to x,5.3 as 1
set arrow from x,1.1 to x+1.45,1.1 as 3
set arrow from x+1.45,1.1 to x+1.45,1.6 as 2
set arrow from x+1.45,2.3 to x+1.45,2.8 as 2
set arrow from x+1.45,3.5 to x+1.45,4.2 as 3
set arrow from x+1.45,4.2 to x+0.2,4.2 as 2
set label "pre-norm" at x+0.7,0.1 center
# post-norm
x = 9.1
eval(branch(x+0.6, 1.7)); eval(plus(x, 3.3)); eval(divide(x-0.85, 4.1))
set arrow from x,0.5 to x,3.1 as 1
set arrow from x,3.5 to x,4.1 as 1
set arrow from x,4.8 to x,5.4 as 1
set arrow from x,1.1 to x+1.45,1.1 as 3
set arrow from x+1.45,1.1 to x+1.45,1.7 as 2
set arrow from x+1.45,2.4 to x+1.45,3.3 as 3
set arrow from x+1.45,3.3 to x+0.2,3.3 as 2
set label "post-norm" at x+0.7,0.1 center
plot NaN
