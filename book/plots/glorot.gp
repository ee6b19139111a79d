# size: 122 150
F = OUT."/glorot.tsv"
set multiplot layout 3,2 margins 0.08,0.98,0.13,0.965 spacing 0.09,0.075
unset key
set format y "%g"
set xtics autofreq
set ytics autofreq
set yrange [0:*]
set tics font ",8"
do for [q=0:2] {
  do for [k=0:1] {
    if (q == 0) { set title (k == 0 ? "standard" : "normalized") offset 0,-0.6; set xrange [-0.8:0.8]; set xtics 0.4; set yrange [0:24]; set ytics 8; }
    if (q == 1) { unset title; set xrange [-0.012:0.012]; set xtics 0.006; set yrange [0:1400]; set ytics 400; if (k == 0) { set xrange [-0.006:0.006]; set xtics 0.003; set yrange [0:2400]; set ytics 800 } }
    if (q == 2) { set xrange [-0.016:0.016]; set xtics 0.008; set yrange [0:160]; set ytics 50; if (k == 0) { set xrange [-0.001:0.001]; set xtics 0.0005; set yrange [0:2600]; set ytics 800 } }
    set xlabel (q == 0 ? "activation" : q == 1 ? "gradient at the pre-activation" : "gradient of a weight") offset 0,0.3
    if (q == 2 && k == 0) { set key at screen 0.5,0.0 center bottom horizontal maxrows 1 } else { unset key }
    plot for [l=0:4] F index (15*k + 5*q + l) using 1:2 with lines lt (l+1) title sprintf("layer %d", l+1)
  }
}
unset multiplot
