# size: 84 78
set size ratio -1
set xrange [-1.95:1.95]
set yrange [-1.95:1.95]
unset grid
set border 0
unset tics
unset key
set datafile missing "nan"
F = OUT."/spirals-points.tsv"
plot for [k=0:2] OUT."/spirals-map.tsv" skip 1 using ($3 == k ? $1 : NaN):2 with points pt 5 ps 0.62 lc rgb word("#C9D7E3 #F3D3BD #BFE0DA", k + 1), \
     F skip 1 using ($3 == 0 ? $1 : NaN):2 with points pt 7 ps 0.30 lc rgb "#1B4B72", \
     F skip 1 using ($3 == 1 ? $1 : NaN):2 with points pt 8 ps 0.42 lc rgb "#C8560E", \
     F skip 1 using ($3 == 2 ? $1 : NaN):2 with points pt 2 ps 0.34 lc rgb "#00806A"
