-- Lists of the whole book: contents, names of the sections, index.
local book = require "book"
local cweb = require "cweb"
local links = require "web.links"
local text = require "texts"
local P = pandoc
local typesetter = require "web.typeset"

local lists = {}
function lists.chapter_title(chapter)
    return chapter.title:gsub("|([^|]*)|", "%1"):gsub("``", "\226\128\156"):gsub("''", "\226\128\157"):gsub("'", "\226\128\153"):gsub("\\%a+%s*", ""):gsub("[{}$]", ""):gsub("~", " ")
end

function lists.contents()
    local out, list, appendices = P.List(), P.List(), false
    local function heading(words)
        if #list > 0 then out:insert(P.BulletList(list)) end
        list = P.List()
        out:insert(P.Para({ P.Strong({ P.Str(words) }) }))
    end
    for _, chapter in ipairs(book.chapters) do
        if chapter.part then heading(book.part_title(chapter.part)) end
        if chapter.appendix and not appendices then
            appendices = true
            heading("Appendices")
        end
        list:insert({ P.Plain({ P.Span({ P.Str(chapter.number) }, P.Attr("", { "number" })), P.Space(),
            P.Link({ P.Str((lists.chapter_title(chapter))) }, links.single and chapter.name .. ".html" or "#ch" .. chapter.number) }) })
    end
    out:insert(P.BulletList(list))
    return P.Div(out, P.Attr("", { "contents" }))
end

function lists.names_page()
    local out = P.List()
    for _, chapter in ipairs(book.chapters) do
        local list = {}
        for _, e in ipairs(chapter.order) do if not e.file then list[#list + 1] = e end end
        table.sort(list, function(a, b) return a.name:lower() < b.name:lower() end)
        if #list > 0 then
            local T = typesetter(chapter)
            T.at(chapter.sections[1])
            for _, e in ipairs(list) do e.piece = T.piece(e.name, e.definitions[1].line) end
            T.read()
            local items = P.List()
            for _, e in ipairs(list) do
                local item = P.List({ P.Link(T.inlines(e.piece, true), links.href(chapter, e.definitions[1].anchor)), P.Str("\226\128\131") })
                item:extend(links.numbers(e.definitions))
                item:extend({ P.Str(". Used in ") })
                item:extend(links.numbers(e.users))
                item:insert(P.Str("."))
                items:insert({ P.Plain(item) })
            end
            out:insert(P.Header(2, { P.Str(chapter.number .. " " .. lists.chapter_title(chapter)) }, P.Attr("names-" .. chapter.number)))
            out:insert(P.BulletList(items))
        end
    end
    return out
end

-- Who uses what, without making the pages: a light pass over program and |code|.
local function count_uses()
    book.uses = {}
    for _, chapter in ipairs(book.chapters) do
        for _, s in ipairs(chapter.sections) do
            local function note(said)
                local before, pending = "", nil
                local function settle(call)
                    if pending and book.defined(pending, s, call) then
                        book.uses[pending] = book.uses[pending] or {}
                        book.uses[pending][s.id] = s
                    end
                    pending = nil
                end
                cweb.tokens(said, function(kind, word)
                    if kind == "space" then return end
                    settle(word == "(")
                    if kind == "word" and #word > 1 and before ~= "." and before ~= ">" then pending = word end
                    before = word
                end)
                settle(false)
            end
            if s.program then note(s.program) end
            for code in s.text:gmatch("|([^|\n]+)|") do note(code) end
        end
    end
end

function lists.index_page()
    count_uses()
    local entries = {}
    for name, list in pairs(book.definitions) do
        local e = { name = name, code = true, sections = {}, bold = {} }
        local open = false
        for _, d in ipairs(list) do
            e.sections[d.section.id], e.bold[d.section.id] = d.section, true
            if book.public(d) then open = true end
        end
        for id, s in pairs(book.uses[name] or {}) do e.sections[id] = s end
        -- a name that one file keeps to itself and that says little elsewhere
        if open or #name > 2 then entries[#entries + 1] = e end
    end
    local topics = {}
    for _, t in ipairs(book.topics) do
        local said = t.text:gsub("!", ", "):gsub("\\%a+%s*", ""):gsub("[{}$]", ""):gsub("~", " "):gsub("|", "")
        if not topics[said] then
            topics[said] = { name = said, sections = {}, bold = {} }
            entries[#entries + 1] = topics[said]
        end
        topics[said].sections[t.section.id] = t.section
    end
    local function key(e) return e.name:lower():gsub("^gp_", ""):gsub("[_ ]", "\1") end
    table.sort(entries, function(a, b)
        local x, y = key(a), key(b)
        if x ~= y then return x < y end
        return a.name < b.name
    end)
    local order = {}
    for n, chapter in ipairs(book.chapters) do order[chapter] = n end
    local out, items, letter = P.List(), nil, nil
    for _, e in ipairs(entries) do
        local l = key(e):sub(1, 1):upper()
        if not l:find("%a") then l = "#" end
        if l ~= letter then
            if items then out:insert(P.BulletList(items)) end
            items, letter = P.List(), l
            out:insert(P.Header(2, { P.Str(l) }, P.Attr("index-" .. (l == "#" and "signs" or l:lower()), { "unnumbered", "unlisted" })))
        end
        local list = {}
        for _, s in pairs(e.sections) do list[#list + 1] = s end
        table.sort(list, function(a, b)
            if a.chapter ~= b.chapter then return order[a.chapter] < order[b.chapter] end
            return a.n < b.n
        end)
        if #list > 14 and e.code then   -- a name met everywhere is looked up where it is defined
            local few = {}
            for _, s in ipairs(list) do if e.bold[s.id] then few[#few + 1] = s end end
            if #few > 0 then list = few end
        end
        local item = P.List({ e.code and P.Code(e.name) or P.Str(e.name), P.Str("\226\128\130") })
        for n, s in ipairs(list) do
            if n > 1 then item:insert(P.Str(", ")) end
            item:insert(e.bold[s.id] and P.Strong({ links.section(s) }) or links.section(s))
        end
        items:insert({ P.Plain(item) })
    end
    if items then out:insert(P.BulletList(items)) end
    return out
end

return lists
