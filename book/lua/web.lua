-- A reader of CWEB for pandoc: the web edition and the e-book.
--
--   pandoc -f book/lua/web.lua chapters/03-gradient-problem.w     one chapter; links to others go to their pages
--   pandoc -f book/lua/web.lua chapters/*.w                       the whole book; links stay inside
--
-- Prose is LaTeX and is read by pandoc itself, all of a chapter at once; what is CWEB's or the book's own in it travels
-- through as words such as GPX17X and is put back afterwards (web/typeset.lua). Program text is web/program.lua's.
-- A Markdown file may stand among the chapters. In it, `::: contents', `::: index' and `::: names' are filled in.
package.path = (PANDOC_SCRIPT_FILE:match("^(.*)/[^/]*$") or ".") .. "/?.lua;" .. package.path
local book = require "book"
local cweb = require "cweb"
local links = require "web.links"
local text = require "texts"
local P = pandoc
local lists = require "web.lists"
local program = require "web.program"
local typesetter = require "web.typeset"

local function raw(html) return P.RawInline("html", html) end

local function chapter_blocks(chapter)
    local T = typesetter(chapter)
    for _, e in ipairs(chapter.order) do
        if not e.file then e.piece = T.piece(e.name, e.definitions[1].line) end
    end
    for _, s in ipairs(chapter.sections) do
        T.at(s)
        if s.title then s.title_piece = T.piece(s.title, s.line) end
        local said = s.text
        while said:find("^%s*\\label{[^}]*}") do said = said:gsub("^%s*\\label{[^}]*}", "", 1) end
        s.text_piece = T.piece(said, s.text_line + cweb.lines_before(s.text, #s.text - #said + 1))
        if s.defines then s.defines_pieces = program.prepare(T, s.defines, s.defines_line) end
        if s.program then s.program_pieces = program.prepare(T, s.program, s.program_line) end
    end
    T.read()
    local out = P.List()
    for _, s in ipairs(chapter.sections) do
        T.at(s)
        local mark = P.Span({ P.Link({ P.Str(s.id) }, "#" .. s.anchor) }, P.Attr("", { "secno" }))
        local body = P.List()
        local heading
        if s.depth == 0 then
            local title = P.List({ P.Span({ P.Str(chapter.number) }, P.Attr("", { "chapter-number" })), P.Space() })
            title:extend(T.inlines(s.title_piece, true))
            out:insert(P.Header(1, title, P.Attr("ch" .. chapter.number)))
        elseif s.depth then
            local title = P.List({ P.Span({ P.Str(s.id) }, P.Attr("", { "secno" })), P.Space() })
            title:extend(T.inlines(s.title_piece, true))
            heading = P.Header(s.depth + 1, title, P.Attr(s.anchor))
            out:insert(heading)
        end
        if not heading then body:insert(P.Plain({ mark })) end
        body:extend(T.blocks(s.text_piece))
        local function listing(said, pieces, line)
            local inner = P.List({ raw('<pre class="c"><code>') })
            inner:extend(program.set(T, s, said, pieces, line))
            inner:insert(raw("</code></pre>"))
            return P.Plain(inner)
        end
        if s.defines or s.program then
            local said = P.List()
            if s.defines then said:insert(listing(s.defines, s.defines_pieces, s.defines_line)) end
            if s.program then
                local e = chapter.names[s.name]
                local first = e.definitions[1] == s
                said:insert(P.Div({ P.Plain({ T.name(s.name, s.line, true), P.Str(first and " \226\137\161" or " +\226\137\161") }) }, P.Attr("", { "defines" })))
                said:insert(listing(s.program, s.program_pieces, s.program_line))
                local note = P.List()
                local function say(words, list)
                    if #list == 0 then return end
                    if #note > 0 then note:insert(P.Str("\226\128\131")) end
                    note:insert(P.Str(words .. " "))
                    note:extend(links.numbers(list))
                    note:insert(P.Str("."))
                end
                if first then
                    local more = {}
                    for k = 2, #e.definitions do more[#more + 1] = e.definitions[k] end
                    say("See also", more)
                    say("Used in", e.users)
                    say("Cited in", e.citers)
                end
                if #note > 0 then said:insert(P.Div({ P.Plain(note) }, P.Attr("", { "notes" }))) end
            end
            body:insert(P.Div(said, P.Attr("", { "program" })))
        end
        out:insert(P.Div(body, P.Attr(heading and "" or s.anchor, { heading and "section-body" or "plain-section" })))
    end
    return out, T
end

local function markdown_blocks(said)
    local doc = P.read(said, "markdown")
    local blocks = P.List()
    for _, b in ipairs(doc.blocks) do
        local kind = b.t == "Div" and b.classes[1]
        if kind == "contents" then blocks:insert(lists.contents())
        elseif kind == "index" then blocks:insert(P.Div(lists.index_page(), P.Attr("", { "index" })))
        elseif kind == "names" then blocks:insert(P.Div(lists.names_page(), P.Attr("", { "names" })))
        else blocks:insert(b) end
    end
    return blocks, doc.meta
end

-- ------------------------------------------------------------ the reader
function Reader(sources)
    local list = {}
    for _, source in ipairs(sources) do list[#list + 1] = source end
    local folder = "chapters"
    for _, source in ipairs(list) do
        if source.name:find("%.w$") then folder = source.name:match("^(.*)/[^/]*$") or "." end
    end
    book.load(folder)
    local meta, blocks = {}, P.List()
    if #list == 1 then
        local name = list[1].name:match("([^/]+)%.%a+$")
        links.single = book.by_name[name] or { name = name }
    end
    for _, source in ipairs(list) do
        local name = source.name:match("([^/]+)%.w$")
        if name and book.by_name[name] then
            local part = not links.single and book.by_name[name].part
            if part then blocks:insert(P.Header(1, { P.Str(book.part_title(part)) }, P.Attr("part-" .. part.number, { "part" }))) end
            blocks:extend((chapter_blocks(book.by_name[name])))
            for _, u in ipairs(links.single and book.by_name[name].uses or {}) do
                if u.kind == "cite" then meta["reference-section-title"] = "References" end
            end
            if links.single then meta.pagetitle = links.single.number .. " " .. lists.chapter_title(links.single) end
        elseif name then
            text.complain(source.name, 1, "not a chapter: its name begins with a number")
        else
            local more, its = markdown_blocks(source.text)
            blocks:extend(more)
            if links.single then
                for k, v in pairs(its) do meta[k] = v end
                local first = more[1]
                if not meta.pagetitle and first and first.t == "Header" then meta.pagetitle = P.utils.stringify(first) end
            end
        end
    end
    text.stop_on_complaints()
    if links.single then                  -- what the navigation of a page needs
        local pages = {}
        pages[1] = { name = "00-preface", number = "", title = "Preface" }
        for _, chapter in ipairs(book.chapters) do pages[#pages + 1] = { name = chapter.name, number = chapter.number, title = lists.chapter_title(chapter), part = chapter.part and book.part_title(chapter.part) } end
        pages[#pages + 1] = { name = "names", number = "", title = "Names of the sections" }
        pages[#pages + 1] = { name = "identifiers", number = "", title = "Index" }
        local nav = {}
        for n, p in ipairs(pages) do
            local m = { href = p.name .. ".html", number = p.number, title = p.title, part = p.part }
            if p.name == links.single.name then
                m.current = true
                if pages[n - 1] then meta.previous = { href = pages[n - 1].name .. ".html", title = pages[n - 1].title } end
                if pages[n + 1] then meta.next = { href = pages[n + 1].name .. ".html", title = pages[n + 1].title } end
            end
            nav[n] = m
        end
        meta.pages = nav
    end
    return P.Pandoc(blocks, meta)
end
