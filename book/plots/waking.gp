# size: 122 86
set multiplot layout 1,2
set palette defined (0 "#C8560E", 0.0004 "#C8560E", 0.0005 "#E3EAF0", 0.5 "#3F9BD1", 1 "#1B4B72")
set cbrange [0:1]
set xrange [-0.5:16.5]
set yrange [-0.5:99.5]
set xtics 4
set ytics 25
unset grid
unset colorbox
set border 0
set xlabel "epoch"
set ylabel "unit, the busiest on top"
set arrow 1 from 8.5,-0.5 to 8.5,99.5 nohead front lc rgb "white" lw 3
set title "ReLU throughout"
plot OUT."/waking-relu.tsv" skip 1 using 1:2:3 with image
unset ylabel
set title "leaky units from epoch 8 on"
plot OUT."/waking-leaky.tsv" skip 1 using 1:2:3 with image
unset multiplot
