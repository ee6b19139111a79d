# size: 122 66
set xlabel "normal number"
set ylabel "density"
set xrange [-4:4]
set yrange [0:0.44]
set xtics 1
set ytics 0.1
set boxwidth 1 relative
set style fill solid 0.35 noborder
plot OUT."/random.tsv" skip 1 using 1:2 with boxes lt 5 title "a million numbers", \
     exp(-x*x/2) / sqrt(2*pi) lt 2 title "density"
