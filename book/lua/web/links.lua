-- Where a link of the web edition goes.
local P = pandoc
local links = {}

links.single = nil                  -- the chapter of this page; nil when the whole book is one document

function links.href(chapter, anchor)
    if not links.single or links.single == chapter then return "#" .. anchor end
    return chapter.name .. ".html#" .. anchor
end

function links.section(s) return P.Link({ P.Str(s.id) }, links.href(s.chapter, s.anchor)) end

function links.numbers(sections)    -- 3.1, 3.4
    local out = P.List()
    for n, s in ipairs(sections) do
        if n > 1 then out:insert(P.Str(", ")) end
        out:insert(links.section(s))
    end
    return out
end

return links
