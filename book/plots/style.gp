# The look of every figure: thin axes, few ticks, a palette that the colour-blind can tell apart.
# Okabe and Ito's colours, darkened a little for thin lines on paper: linetypes 1 to 7.
set linetype 1 lc rgb "#1B4B72" lw 2 pt 7 ps 0.55 dt solid
set linetype 2 lc rgb "#C8560E" lw 2 pt 5 ps 0.50 dt solid
set linetype 3 lc rgb "#00806A" lw 2 pt 9 ps 0.60 dt solid
set linetype 4 lc rgb "#B0508F" lw 2 pt 13 ps 0.65 dt solid
set linetype 5 lc rgb "#3F9BD1" lw 2 pt 11 ps 0.60 dt solid
set linetype 6 lc rgb "#A98600" lw 2 pt 6 ps 0.55 dt solid
set linetype 7 lc rgb "#5B6570" lw 2 pt 4 ps 0.50 dt solid
set linetype cycle 7
# line styles by name: 11 a reference line, 12 a quiet band, 13 a light grid
set style line 11 lc rgb "#5B6570" lw 1 dt (6,4)
set style line 12 lc rgb "#E3EAF0"
set style line 13 lc rgb "#E1E5EA" lw 0.6 dt solid
set border 3 lc rgb "#5B6570" lw 0.6
set tics nomirror out scale 0.6 textcolor rgb "#1F2933"
set grid back ls 13
set key top right Left reverse samplen 1.6 spacing 1.15 noautotitle
set style fill solid 0.85 noborder
set style data lines
set bars 0.6
set boxwidth 0.8 relative
set palette defined (0 "#F1F4F7", 0.5 "#3F9BD1", 1 "#1B4B72")
set format x "%g"
set format y "%g"
set datafile separator "\t"
set datafile commentschars "#"
set datafile missing "nan"
set encoding utf8
set xlabel offset 0,0.35        # away from a key below
set ylabel offset -0.5,0
