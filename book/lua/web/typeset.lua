-- The LaTeX of a chapter as pandoc's blocks: prose, captions, names of sections.
local book = require "book"
local cweb = require "cweb"
local links = require "web.links"
local text = require "texts"
local latex = require "latex"
local prose = require "prose"
local P = pandoc

-- GP_DRAFT=1 (make web DRAFT=1): results that are missing are marked on the page instead of stopping the build.
local DRAFT = (os.getenv("GP_DRAFT") or "") ~= ""

local bibliography
local function cited(keys, file, line)
    if not bibliography then
        bibliography = {}
        for key in (text.read("book/references.bib") or ""):gmatch("\n%s*@%a+%s*{%s*([^,%s]+)%s*,") do bibliography[key] = true end
    end
    for key in keys:gmatch("[^,%s]+") do
        if not bibliography[key] then text.complain(file, line, "there is no %s in book/references.bib", key) end
    end
end

-- Everything of a chapter that is LaTeX is gathered, read in one go, and taken out again by number.
local function typesetter(chapter)
    local T = { pieces = {}, things = {} }
    local next_number = book.counters(chapter)
    local section

    local function thing(t)
        T.things[#T.things + 1] = t
        return "GPX" .. #T.things .. "X"
    end
    local function block(t) return "\n\n" .. thing(t) .. "\n\n" end
    local function missing(line, ...)
        if DRAFT then return "\\textbf{[" .. latex.escape(string.format(...)) .. "]}" end
        text.complain(chapter.path, line, ...)
        return ""
    end

    local on = {}
    local function piece(said, line, silent)   -- LaTeX to be read; returns its number
        local read = silent and said or prose.scan(said, line, on)    -- which may add pieces of its own
        T.pieces[#T.pieces + 1] = { text = read, line = line, source = said }
        return #T.pieces
    end
    T.piece = piece
    function T.at(s) section = s end

    on.fail = function(line, ...) text.complain(chapter.path, line, ...) end
    on.cite = function(keys, line) cited(keys, chapter.path, line) end
    on.entry = function() return "" end
    on.index = function() return "" end
    on.code = function(code, line) return thing { kind = "code", code = code, section = section, line = line } end
    local function reference(name, line, pattern)
        local l = book.labels[name]
        if not l then return missing(line, "\\ref{%s}: there is no such label", name) end
        return thing { kind = "ref", text = pattern:format(l.number), href = links.href(l.chapter, l.anchor) }
    end
    on.ref = function(name, line) return reference(name, line, "%s") end
    on.eqref = function(name, line) return reference(name, line, "(%s)") end
    on.label = function(name)
        local l = book.labels[name]
        if l and l.anchor == name then return thing { kind = "anchor", id = name } end
        return ""                   -- a section's or an exercise's: it has an anchor of its own
    end
    on.claim = function(name) return thing { kind = "claim", name = name } end
    on.val = function(name, key, line, math)
        local v = latex.value(name, key)
        if not v then return missing(line, "build/outputs/%s.val has no value %s", name, key) end
        v = latex.quantity(v)
        return math and v:match("^%$([^$]*)%$$") or v
    end
    on.cell = function(name, line)
        local command, output = text.read("build/outputs/" .. name .. ".cmd"), text.read("build/outputs/" .. name .. ".txt")
        if not output then return missing(line, "build/outputs/%s.txt is missing: nothing makes this cell", name) end
        return block { kind = "cell", name = name, command = text.strip(command or name), output = output:gsub("%s+$", "") }
    end
    on.plot = function(name, caption, line)
        local number = next_number "figure"
        if not text.read("build/figures/" .. name .. ".svg") then missing(line, "build/figures/%s.svg is missing", name) end
        return block { kind = "plot", name = name, number = number, caption = piece(caption, line) }
    end
    on.outtable = function(name, caption, line)
        local number = next_number "table"
        local tsv = text.read("build/outputs/" .. name .. ".tsv")
        local said = tsv and latex.tabular(tsv, true)
        if not said then said = missing(line, "build/outputs/%s.tsv is missing or empty", name) end
        return block { kind = "table", name = name, number = number, caption = piece(caption, line), body = piece(said, line, true) }
    end
    on.equation = function(env, body, line)
        local list, clean = prose.rows(env, body)
        local numbers = {}
        for _, row in ipairs(list) do
            if row.numbered then
                local number = next_number "equation"
                numbers[#numbers + 1] = { number, row.label }
            end
        end
        if prose.NUMBERED[env:gsub("%*$", "")] == 2 then clean = "\\begin{aligned}" .. clean .. "\\end{aligned}" end
        if #numbers == 0 then return "\\[" .. clean .. "\\]" end
        return thing { kind = "equation", numbers = numbers } .. " \\[" .. clean .. "\\]"
    end
    on.exercise = function(folder, difficulty, points)
        return block { kind = "exercise", folder = folder, difficulty = difficulty, points = points, number = next_number "exercise" }
    end
    on.exercise_end = function() return block { kind = "exercise_end" } end

    local function complain(what, p)
        what = what:gsub("\n.*", "")
        local start = what:match("^\\%a+") or what:sub(1, 12)
        local at = p.source:find(start, 1, true)
        text.complain(chapter.path, p.line + (at and cweb.lines_before(p.source, at) or 0), "unknown to the web edition: %s", what:sub(1, 60))
    end

    local fill                      -- the things, put back
    local function inlines(list, p, plain)
        local out = P.List()
        local i = 1
        while i <= #list do
            local el = list[i]
            if el.t == "Str" and el.text:find("GPX%d+X") then
                local from = 1
                for a, n, b in el.text:gmatch("()GPX(%d+)X()") do
                    if a > from then out:insert(P.Str(el.text:sub(from, a - 1))) end
                    from = b
                    local t = T.things[tonumber(n)]
                    if t.kind == "equation" then
                        local k = i + 1
                        while list[k] and list[k].t ~= "Math" do k = k + 1 end
                        local numbers = P.List()
                        for _, pair in ipairs(t.numbers) do
                            numbers:insert(P.Span({ P.Str("(" .. pair[1] .. ")") }, P.Attr(pair[2] or "", { "eqno" })))
                        end
                        out:insert(P.Span({ P.Span({ list[k] }, P.Attr("", { "formula" })), P.Span(numbers, P.Attr("", { "numbers" })) }, P.Attr("", { "equation" })))
                        i = k
                    else out:extend(fill(t, plain)) end
                end
                if from <= #el.text then out:insert(P.Str(el.text:sub(from))) end
            elseif el.t == "Code" then
                el.text = el.text:gsub("GPX(%d+)X", function(n) return T.things[tonumber(n)].code or T.things[tonumber(n)].text or "" end)
                out:insert(el)
            else
                if el.t == "RawInline" then complain(el.text, p) end
                out:insert(el)
            end
            i = i + 1
        end
        return out
    end

    function T.read()
        local macros = text.read("book/macros.tex") or ""
        local said, row = { macros }, select(2, macros:gsub("\n", "")) + 1
        for n, p in ipairs(T.pieces) do
            said[#said + 1] = ("\n\nGPXPIECE%dX\n\n%s"):format(n, p.text)
            p.row = row             -- where it begins in what pandoc reads
            row = row + select(2, said[#said]:gsub("\n", ""))
        end
        local ok, doc = pcall(P.read, table.concat(said) .. "\n\nGPXPIECE0X\n", "latex+raw_tex")
        if not ok then
            local said = tostring(doc):gsub("^.*%(line %d+, column %d+%):%s*", ""):gsub("\nstack.*", ""):gsub("%s+", " ")
            local at, found = tonumber(tostring(doc):match('.*%(line (%d+), column %d+%)')) or 1, T.pieces[1]
            for _, p in ipairs(T.pieces) do if p.row <= at then found = p end end
            text.complain(chapter.path, found.line + math.max(0, at - found.row - 4), "pandoc cannot read this LaTeX (near here): %s", said)
            text.stop_on_complaints()
        end
        doc = P.walk_block(P.Div(doc.blocks), {
            Cite = function(c) c.content = {} return c end,
            Math = function(m)      -- MathML stretches its fences itself; texmath reads \left and \right best
                local said = m.text
                local l, r = select(2, said:gsub("\\[bB]igg?l%f[%A]", "")), select(2, said:gsub("\\[bB]igg?r%f[%A]", ""))
                local left, right = l == r and "\\left" or "", l == r and "\\right" or ""
                m.text = said:gsub("\\[bB]igg?l%f[%A]%s*", left):gsub("\\[bB]igg?r%f[%A]%s*", right)
                return m
            end,
        })
        local n, open = nil, nil
        for _, b in ipairs(doc.content) do
            local at = b.t == "Para" and #b.content == 1 and b.content[1].t == "Str" and b.content[1].text:match("^GPXPIECE(%d+)X$")
            if at then
                at = tonumber(at)
                if at ~= 0 and at ~= (n or 0) + 1 then break end
                n = at
                if n ~= 0 then open = T.pieces[n]; open.blocks = P.List() end
            elseif open then open.blocks:insert(b) end
        end
        if n ~= 0 then
            text.complain(chapter.path, T.pieces[n or 1].line, "a LaTeX group or environment that begins here, or soon after, does not close")
            text.stop_on_complaints()
        end
        for _, p in ipairs(T.pieces) do
            p.div = p.blocks
        end
    end
    local function walked(p, plain)
        for _, b in ipairs(p.blocks) do if b.t == "RawBlock" then complain(b.text, p) end end
        local div = P.walk_block(P.Div(p.blocks), {
            RawBlock = function(b) complain(b.text, p) end,
            Inlines = function(list) return inlines(list, p, plain) end,
        })
        return div.content
    end
    function T.inlines(n, plain)    -- a title, a name, a caption
        local content = walked(T.pieces[n], plain)
        return content[1] and content[1].content or P.List()
    end

    local function code_text(code)
        return (code:gsub("@<(.-)@>", function(name) return "\226\159\168" .. chapter.resolve(name, 1) .. "\226\159\169" end):gsub("@@", "@"):gsub("@[%[%]!,&/|+]", ""):gsub("%s+", " "))
    end
    function fill(t, plain)
        if t.kind == "code" then
            local name = t.code:match("^@<(.-)@>$")
            if name and not plain then return { T.name(name, t.line) } end
            local said = code_text(t.code)
            local word = said:match("^([%a_][%w_]*)$") or said:match("^([%a_][%w_]*)%(.*%)$")
            local module = word and word == said and not plain and book.files[word .. ".h"]
            if module and module.section ~= t.section then  -- a module's name leads to its header
                return { P.Link({ P.Code(said) }, links.href(module.chapter, module.section.anchor)) }
            end
            local d = word and not plain and not module and t.section and #word > 2 and book.defined(word, t.section, nil)
            if d and d.section ~= t.section then
                book.uses[word] = book.uses[word] or {}
                book.uses[word][t.section.id] = t.section
                return { P.Link({ P.Code(said) }, links.href(d.chapter, d.section.anchor)) }
            end
            return { P.Code(said) }
        elseif t.kind == "ref" then
            if plain then return { P.Str(t.text) } end
            return { P.Link({ P.Str(t.text) }, t.href) }
        elseif t.kind == "anchor" then return { P.Span({}, P.Attr(t.id)) }
        elseif t.kind == "claim" then
            return { P.Span({ P.Str("\226\156\147") }, P.Attr("", { "claim" }, { { "title", "tested: claim_" .. t.name } })) }
        end
        return {}
    end

    -- a section's name as a link: angle brackets, the name, the number of its first definition
    function T.name(name, line, defining)
        name = chapter.resolve(name, line)
        local e = chapter.names[name]
        if not e then return P.Str(name) end
        local words
        if e.file then words = P.List({ P.Code(name) })
        elseif e.piece then words = T.inlines(e.piece, true)
        else words = P.List({ P.Str(name) }) end
        local first = e.definitions[1]
        local content = P.List({ P.Str("\226\159\168") })
        content:extend(words)
        content:extend({ P.Str("\194\160"), P.Span({ P.Str(first.id) }, P.Attr("", { "number" })), P.Str("\226\159\169") })
        if defining and e.definitions[1] == section then return P.Span(content, P.Attr("", { "name" })) end
        return P.Link(content, links.href(chapter, first.anchor), "", P.Attr("", { "name" }))
    end

    local function exercise_head(t)
        local head = P.Div({ P.Plain({ P.Strong({ P.Str("Exercise " .. t.number) }), P.Str("\226\128\131"),
            P.Span({ P.Str("[" .. t.difficulty .. "] " .. t.points .. (t.points == "1" and " point" or " points")) }, P.Attr("", { "grade" })),
            P.Str("\226\128\131"), P.Code("exercises/" .. t.folder) }) }, P.Attr("", { "exercise-head" }))
        return head
    end
    local function figure(t)
        local caption = P.List({ P.Strong({ P.Str((t.kind == "plot" and "Figure " or "Table ") .. t.number) }), P.Str("\226\128\131") })
        caption:extend(T.inlines(t.caption))
        local said = P.Div({ P.Para(caption) }, P.Attr("", { "caption" }))
        if t.kind == "plot" then
            local alt = P.utils.stringify(T.inlines(t.caption, true))
            return P.Div({ P.Plain({ P.Image({ P.Str(alt) }, "figures/" .. t.name .. ".svg") }), said }, P.Attr("fig:" .. t.name, { "figure" }))
        end
        local body = P.List({ said })
        body:insert(P.Div(walked(T.pieces[t.body]), P.Attr("", { "wide" })))
        return P.Div(body, P.Attr("tab:" .. t.name, { "figure", "table" }))
    end
    function T.blocks(n)            -- prose: cells, figures and exercises put in their places
        local out, stack = P.List(), {}
        local p = T.pieces[n]
        local function expand(blocks)
            local list = P.List()
            for _, b in ipairs(blocks) do
                local which = (b.t == "Para" or b.t == "Plain") and #b.content == 1 and b.content[1].t == "Str" and b.content[1].text:match("^GPX(%d+)X$")
                local t = which and T.things[tonumber(which)]
                if t and t.kind == "cell" then
                    list:insert(P.Div({ P.CodeBlock(t.command, P.Attr("", { "in" })), P.CodeBlock(t.output, P.Attr("", { "out" })) }, P.Attr("", { "cell" })))
                elseif t and (t.kind == "plot" or t.kind == "table") then list:insert(figure(t))
                elseif t and t.kind == "exercise" then
                    stack[#stack + 1] = { t, list }
                    list = P.List({ exercise_head(t) })
                elseif t and t.kind == "exercise_end" then
                    local top = table.remove(stack)
                    if not top then text.complain(chapter.path, p.line, "\\end{exercise} without a beginning")
                    else
                        top[2]:insert(P.Div(list, P.Attr("ex" .. top[1].number, { "exercise" })))
                        list = top[2]
                    end
                else list:insert(b) end
            end
            if #stack > 0 then text.complain(chapter.path, p.line, "\\begin{exercise} does not end in this section") end
            return list
        end
        local expanded = expand(p.blocks)
        for _, b in ipairs(expanded) do
            local kind = b.t == "Div" and b.classes[1]
            if kind == "cell" or kind == "figure" then out:insert(b)
            else
                if b.t == "RawBlock" then complain(b.text, p) end
                local done = P.walk_block(P.Div({ b }), {
                    RawBlock = function(x) complain(x.text, p) end,
                    Inlines = function(list) return inlines(list, p) end,
                })
                out:extend(done.content)
            end
        end
        return out
    end
    return T
end

return typesetter
