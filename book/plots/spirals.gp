# size: 84 78
set size ratio -1
set xrange [-1.95:1.95]
set yrange [-1.95:1.95]
set xtics 1
set ytics 1
unset grid
set border 0
unset tics
unset key
plot for [k=0:2] OUT."/spirals.tsv" using ($3 == k ? $1 : 1/0):2 with points pt 5 ps 0.42 lc rgb word("#C9D7E3 #F3D3BD #BFE0DA", k + 1), \
     for [k=0:2] OUT."/spirals-points.tsv" using ($3 == k ? $1 : 1/0):2 with points pt 7 ps 0.28 lc rgb word("#1B4B72 #C8560E #00806A", k + 1)
