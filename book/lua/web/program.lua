-- Program text of the web edition: a listing with its links. A first pass hands its TeX (comments, @t) to the typesetter,
-- a second makes the lines.
local book = require "book"
local cweb = require "cweb"
local links = require "web.links"
local text = require "texts"
local P = pandoc
local declarations = require "declarations"
local KEYWORDS, TYPES = declarations.KEYWORDS, declarations.TYPES

local program = {}

local function tex_in_comment(s)    -- a comment may say hard_sigmoid without further ado
    local out, math, i = {}, false, 1
    while i <= #s do
        local c = s:sub(i, i)
        if c == "\\" then c = s:sub(i, i + 1)
        elseif c == "|" then
            local _, after = cweb.bars(s, i)
            c = after and s:sub(i, after - 1) or c
        elseif c == "$" then math = not math end
        out[#out + 1] = (c == "_" or c == "#" or c == "&") and not math and "\\" .. c or c
        i = i + #c
    end
    return table.concat(out)
end

local function comment_lines(said)  -- lines; those of a formula that runs on are joined
    local list = {}
    for l in (said .. "\n"):gmatch("([^\n]*)\n") do
        local last = list[#list]
        local dollars = last and select(2, last:gsub("\\%$", ""):gsub("%$", ""))
        local bar = last and select(2, last:gsub("|", ""))
        if last and (dollars % 2 == 1 or bar % 2 == 1) then list[#list] = last .. " " .. text.strip(l) else list[#list + 1] = l end
    end
    return list
end

function program.prepare(T, said, line)
    local pieces = {}
    cweb.tokens(said, function(kind, word, at)
        local first = line + cweb.lines_before(said, at)
        if kind == "comment" then
            for n, l in ipairs(comment_lines(word)) do
                if l:find("[\\$|~{]") or l:find("``") or l:find("%-%-") then
                    local before, body, after = l:match("^(%s*/?[*/]*%s*)(.-)(%s*%*?/?)$")
                    pieces[at .. ":" .. n] = { before, T.piece(tex_in_comment(body), first + n - 1), after }
                end
            end
        elseif kind == "tex" then pieces[at] = { "", T.piece(word, first), "" } end
    end)
    return pieces
end

function program.set(T, s, said, pieces, line)
    local out = P.List()
    local buffer = {}               -- plain characters waiting to become a Str
    local function flush()
        if #buffer > 0 then out:insert(P.Str(table.concat(buffer))) end
        buffer = {}
    end
    local function put(x) if type(x) == "string" then buffer[#buffer + 1] = x else flush(); out:insert(x) end end
    local function span(class, x) put(P.Span({ P.Str(x) }, P.Attr("", { class }))) end
    local list = {}
    cweb.tokens(said, function(kind, word, at) list[#list + 1] = { kind, word, at } end)
    -- a line on which only control codes stand leaves no line; @# leaves an empty one
    local kept, line_tokens = {}, {}
    local function end_line(newline)
        local visible, control, gap = false, false, false
        for _, t in ipairs(line_tokens) do
            if t[1] == "control" or t[1] == "entry" then control = true; if t[2] == "#" then gap = true end
            elseif t[1] ~= "space" then visible = true end
        end
        if visible or not control or gap then
            while #line_tokens > 0 and line_tokens[#line_tokens][1] == "space" do table.remove(line_tokens) end
            local before = #kept
            for _, t in ipairs(line_tokens) do if visible or t[1] ~= "space" then kept[#kept + 1] = t end end
            while #kept > before and (kept[#kept][1] == "control" or kept[#kept][1] == "space" or kept[#kept][1] == "entry") do kept[#kept] = nil end
            if newline then kept[#kept + 1] = newline end
        end
        line_tokens = {}
    end
    for _, t in ipairs(list) do
        if t[1] == "newline" then end_line(t) else line_tokens[#line_tokens + 1] = t end
    end
    end_line()
    while kept[1] and (kept[1][1] == "newline" or kept[1][1] == "control") do table.remove(kept, 1) end
    while #kept > 0 and (kept[#kept][1] == "newline" or kept[#kept][1] == "space" or kept[#kept][1] == "control") do table.remove(kept) end
    local previous, shown = "", {}
    for n, t in ipairs(kept) do
        local kind, word, at = t[1], t[2], t[3]
        if kind == "newline" then put("\n")
        elseif kind == "comment" then
            local inner = P.List()
            for k, l in ipairs(comment_lines(word)) do
                if k > 1 then inner:insert(P.Str("\n")) end
                local p = pieces[at .. ":" .. k]
                if p then
                    inner:insert(P.Str(p[1]))
                    inner:extend(T.inlines(p[2]))
                    inner:insert(P.Str(p[3]))
                elseif l ~= "" then inner:insert(P.Str((l:gsub("@@", "@")))) end
            end
            put(P.Span(inner, P.Attr("", { "co" })))
        elseif kind == "string" or kind == "char" or kind == "header" then
            local file = word:match('^"([^"]+%.h)"$')
            local f = file and book.files[file]
            if f and f.section ~= s then put(P.Link({ P.Str(word) }, links.href(f.chapter, f.section.anchor), "", P.Attr("", { "st" })))
            else span("st", word) end
        elseif kind == "directive" then span("pp", word)
        elseif kind == "number" then span("nu", word)
        elseif kind == "name" then put(T.name(word, line + cweb.lines_before(said, at)))
        elseif kind == "verbatim" then put((word:gsub("@@", "@")))
        elseif kind == "tex" then
            flush()
            out:extend(T.inlines(pieces[at][2]))
        elseif kind == "control" then
            if word == "," then put(" ") elseif word == "h" then span("name", "\226\159\168Preprocessor definitions\226\159\169") end
        elseif kind == "word" then
            if KEYWORDS[word] then span("kw", word)
            elseif TYPES[word] then span("ty", word)
            else
                local member = previous == "." or previous == ">" and kept[n - 2] and kept[n - 2][2] == "-"
                local after = kept[n + 1]
                if after and after[1] == "space" then after = kept[n + 2] end
                local d = not member and #word > 1 and book.defined(word, s, after ~= nil and after[2] == "(")
                local class = d and d.kind == "type" and "ty" or nil
                if d then
                    book.uses[word] = book.uses[word] or {}
                    book.uses[word][s.id] = s
                end
                if d and d.section ~= s then put(P.Link({ P.Str(word) }, links.href(d.chapter, d.section.anchor), "", P.Attr("", { class or "id" })))
                elseif class or s.chapter.types[word] and word:find("^gp_%l+$") then span("ty", word)
                elseif d and not shown[word] then
                    shown[word] = true
                    put(P.Strong({ P.Str(word) }))
                else put(word) end
            end
        elseif kind ~= "entry" then put(word) end
        if kind ~= "space" then previous = word end
    end
    flush()
    return out
end

return program
