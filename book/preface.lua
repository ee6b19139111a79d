-- The preface as LaTeX: its first heading is the title; the others carry no number.
function Header(h)
    h.classes:insert("unnumbered")
    return h
end
