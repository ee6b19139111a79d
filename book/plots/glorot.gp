# size: 122 150
F(k) = OUT.(k == 0 ? "/glorot-standard.tsv" : "/glorot-normalized.tsv")
set multiplot layout 3,2 margins 0.10,0.97,0.09,0.965 spacing 0.11,0.09
unset key
do for [q=0:2] {
  do for [k=0:1] {
    if (q == 0) { set title (k == 0 ? "standard" : "normalized") offset 0,-0.6 } else { unset title }
    if (q == 0) { set xrange [-0.8:0.8]; set xtics 0.4; if (k == 0) { set yrange [0:24]; set ytics 8 } else { set yrange [0:3]; set ytics 1 } }
    if (q == 1) { if (k == 0) { set xrange [-0.006:0.006]; set xtics 0.003; set yrange [0:2400]; set ytics 800 } else { set xrange [-0.012:0.012]; set xtics 0.006; set yrange [0:180]; set ytics 60 } }
    if (q == 2) { if (k == 0) { set xrange [-0.001:0.001]; set xtics 0.0005; set yrange [0:2700]; set ytics 900 } else { set xrange [-0.016:0.016]; set xtics 0.008; set yrange [0:180]; set ytics 60 } }
    set xlabel (q == 0 ? "activation" : q == 1 ? "gradient at the pre-activation" : "gradient of a weight") offset 0,0.3
    if (q == 0 && k == 0) { set key top right samplen 1 } else { unset key }
    plot for [l=0:4] F(k) skip 1 index (3*l + q) using 1:2 with lines lc rgb word("#A9CCE3 #7FB3D5 #4A8FBF #1F618D #0B2F4A", l+1) lw 2 title sprintf("layer %d", l+1)
  }
}
unset multiplot
