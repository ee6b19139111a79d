# size: 122 78
set xlabel "step"
set ylabel "relative error"
set logscale xy
set xrange [1e-12:1]
set yrange [1e-14:1]
power = FORMAT eq "pdf" ? "$10^{%L}$" : "10^{%L}"
set format x power
set format y power
set xtics 1e-12,100,1
set ytics 1e-14,100,1
set mxtics 1
set mytics 1
set key bottom left Left reverse
plot OUT."/gradcheck.tsv" skip 1 using 1:2 lt 2 title "float, central", \
     OUT."/gradcheck.tsv" skip 1 using 1:3 lt 7 title "double, one-sided", \
     OUT."/gradcheck.tsv" skip 1 using 1:4 lt 1 title "double, central", \
     OUT."/gradcheck.tsv" skip 1 using 1:5 lt 3 title "double, extrapolated"
