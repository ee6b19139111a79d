# size: 122 66
set multiplot layout 1,2 margins 0.115,0.98,0.17,0.90 spacing 0.07
set xlabel "steps"
set logscale x
set ylabel "input of the sigmoid"
set xrange [100:15000]
set xtics ("100" 100, "1000" 1000, "10,000" 10000)
set yrange [-3:3]
set ytics 1
set title "without" offset 0,-0.5
unset key
plot OUT."/bn-percentiles-unit.tsv" every :::0::0 skip 1 using 1:2:4 with filledcurves ls 12 notitle, \
     "" every :::0::0 skip 1 using 1:4 lt 5, "" every :::0::0 skip 1 using 1:2 lt 5, "" every :::0::0 skip 1 using 1:3 lt 1
set title "with batch normalization"
unset ylabel
set format y ""
plot OUT."/bn-percentiles-unit.tsv" every :::1::1 skip 1 using 1:2:4 with filledcurves ls 12 notitle, \
     "" every :::1::1 skip 1 using 1:4 lt 5, "" every :::1::1 skip 1 using 1:2 lt 5, "" every :::1::1 skip 1 using 1:3 lt 1
unset multiplot
