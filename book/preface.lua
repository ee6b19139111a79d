-- The preface as LaTeX: its headings in the book's own style, without numbers.
function Header(h)
    local text = pandoc.write(pandoc.Pandoc({ pandoc.Plain(h.content) }), "latex")
    return pandoc.RawBlock("latex", (h.level == 1 and "\\gpfrontheading{" or "\\gpfrontsection{") .. text .. "}")
end
