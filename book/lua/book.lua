-- The book: all chapters of a folder in their order, and what they hold together.
--
--   book.load(folder)        reads the chapters, numbers them and everything that has a number or a name
--   book.chapters            in order; each as cweb.lua gives it, and number, appendix, title, names, order, exercises, uses
--   book.labels              label -> { chapter, number, anchor };  book.files: tangled file -> { chapter, section }
--   book.definitions         identifier -> where it is declared;  book.defined(name, section): where it is seen from a section
--
-- Numbers come from the names of files: chapters/NN-name.w is chapter NN. chapters/parts says with which chapter a part of the
-- book begins, and so with which the appendices do; these have letters.
local cweb = require "cweb"
local declarations = require "declarations"
local prose = require "prose"
local text = require "texts"

local book = {}

-- ------------------------------------------------------------ order, numbers and parts
local function read_parts(folder)   -- lines of a number and a title; `Appendices' is the last
    local path, parts, appendices, n = folder .. "/parts", {}, nil, 0
    for line in ((text.read(path) or "") .. "\n"):gmatch("([^\n]*)\n") do
        n = n + 1
        local first, title = line:match("^%s*(%d+)%s+(%S.-)%s*$")
        if title == "Appendices" then appendices = tonumber(first)
        elseif first then parts[#parts + 1] = { first = tonumber(first), title = title }
        elseif line:find("%S") and not line:find("^%s*#") then text.complain(path, n, "expected the number of a chapter and a title") end
    end
    return parts, appendices or math.huge
end

local ROMAN = { "I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X" }

function book.part_title(part) return "Part " .. part.number .. ". " .. part.title end

-- The chapters' names, numbers and parts, without reading them: { { name, number, appendix, part (where one begins) } }
function book.order(folder)
    folder = folder or "chapters"
    local parts, appendices = read_parts(folder)
    local list, letter, part = {}, 0, 0
    for _, name in ipairs(text.files(folder, ".w")) do
        local n = tonumber(name:match("^(%d+)-"))
        if n then
            local entry = { name = name, path = folder .. "/" .. name .. ".w" }
            if n < appendices then
                entry.number = tostring(n)
                while parts[part + 1] and parts[part + 1].first <= n do
                    part = part + 1
                    entry.part = { number = ROMAN[part], title = parts[part].title }
                end
            else
                letter = letter + 1
                entry.number, entry.appendix = string.char(64 + letter), true
            end
            list[#list + 1] = entry
        end
    end
    return list
end

-- ------------------------------------------------------------ numbers and labels, in LaTeX's order
-- The same counters serve the survey and the page of the web edition.
function book.counters(chapter)
    local n = { figure = 0, table = 0, equation = 0, exercise = 0 }
    return function(what)
        n[what] = n[what] + 1
        return chapter.number .. "." .. n[what]
    end
end

local function title_of_exercise(section, at)   -- the first words in bold; a formula loses its dollars
    local title = section.text:match("\\textbf(%b{})", at)
    return title and text.squeeze(title:sub(2, -2)):gsub("%.$", ""):gsub("%$", "")
end

local function survey(chapter)
    local next_number = book.counters(chapter)
    local section, here             -- here: what a \label means
    local function label(name, number, anchor, line)
        local old = book.labels[name]
        if old then text.complain(chapter.path, line, "\\label{%s} is defined twice; also in %s", name, old.chapter.path) end
        book.labels[name] = { chapter = chapter, number = number, anchor = anchor }
    end
    local function topic(said, line)
        book.topics[#book.topics + 1] = { text = text.squeeze(said), section = section, line = line }
    end
    local function use(kind, name, line, key)
        chapter.uses[#chapter.uses + 1] = { kind = kind, name = name, key = key, line = line, section = section }
        return ""
    end
    local on = {}
    on.fail = function(line, ...) text.complain(chapter.path, line, ...) return "" end
    on.cite = function(keys, line) return use("cite", keys, line) end
    on.ref = function(name, line) return use("ref", name, line) end
    on.eqref = on.ref
    on.val = function(name, key, line) return use("val", name, line, key) end
    on.cell = function(name, line) return use("cell", name, line) end
    on.claim = function(name, line) return use("claim", name, line) end
    on.code = function(code, line)
        for name in code:gmatch("@<(.-)@>") do section.cites[#section.cites + 1] = { name, line } end
        return ""
    end
    on.entry = function(kind, said, line) topic(kind == ":" and said:gsub("^.-}{", "") or said, line) return "" end
    on.index = function(said, line) topic(said, line) return "" end
    on.label = function(name, line)
        label(name, here.number or here.id, here.anchor or name, line)
        return ""
    end
    local function float(kind, what, prefix)
        return function(name, caption, line)
            use(kind, name, line)
            label(prefix .. name, next_number(what), prefix .. name, line)
            prose.scan(caption, line, on)
            return ""
        end
    end
    on.plot, on.outtable = float("plot", "figure", "fig:"), float("outtable", "table", "tab:")
    on.equation = function(env, body, line)
        for _, row in ipairs((prose.rows(env, body))) do
            if row.numbered then
                local number = next_number "equation"
                if row.label then label(row.label, number, row.label, line) end
            end
        end
        return ""
    end
    on.exercise = function(name, difficulty, points, line)
        local number = next_number "exercise"
        here = { number = number, anchor = "ex" .. number }
        local at = section.text:find("{exercise}{" .. name .. "}", 1, true)
        chapter.exercises[#chapter.exercises + 1] = { name = name, number = number, difficulty = difficulty, points = points,
            line = line, section = section, title = title_of_exercise(section, at) or name }
        if not tonumber(points) then text.complain(chapter.path, line, "\\begin{exercise}{%s}: points are a number, found '%s'", name, points) end
        return ""
    end
    on.exercise_end = function() here = section return "" end
    chapter.uses, chapter.exercises = {}, {}
    for _, s in ipairs(chapter.sections) do
        section, here = s, s
        s.cites, s.uses = {}, {}
        s.id = chapter.number .. "." .. s.n
        s.anchor = "s" .. s.id
        local said, line = s.text, s.text_line
        if s.depth == 0 then        -- \label after a chapter's title names the chapter
            chapter.title = s.title
            while true do
                local name, rest = said:match("^%s*\\label{([^}]*)}()")
                if not name then break end
                label(name, chapter.number, "ch" .. chapter.number, s.line)
                line = line + cweb.lines_before(said, rest)
                said = said:sub(rest)
            end
        end
        if s.title then prose.scan(s.title, s.line, on) end
        prose.scan(said, line, on)
        for _, token in ipairs(cweb.program_tokens(s)) do
            if token[1] == "entry" then
                local kind, rest = token[2]:sub(1, 1), token[2]:sub(2)
                topic(kind == ":" and rest:gsub("^.-}{", "") or rest, s.program_line + cweb.lines_before(s.program, token[3]))
            end
        end
    end
    if not chapter.title then
        text.complain(chapter.path, 1, "no chapter title: @** Title.")
        chapter.title = chapter.name
    end
end

-- ------------------------------------------------------------ names of sections
local function resolver(chapter)    -- a name in full, of one that may be abbreviated
    local full = {}
    for _, s in ipairs(chapter.sections) do
        if s.name then full[s.name] = true end
        for _, token in ipairs(cweb.program_tokens(s)) do
            if token[1] == "name" then full[text.squeeze(token[2])] = true end
        end
    end
    local names = {}
    for _, name in ipairs(text.sorted(full)) do if not name:find("%.%.%.$") then names[#names + 1] = name end end
    return function(name, line)
        name = text.squeeze(name)
        local begins, found = name:match("^(.-)%.%.%.$"), nil
        if not begins then return name end
        for _, candidate in ipairs(names) do
            if candidate:sub(1, #begins) == begins then
                if found then
                    text.complain(chapter.path, line, "@<%s@> is ambiguous", name)
                    return found
                end
                found = candidate
            end
        end
        if not found then text.complain(chapter.path, line, "@<%s@> abbreviates no name", name) end
        return found or name
    end
end

-- Who defines, uses and cites each name; which files it ends up in, and whether it stands there at the top, outside of braces.
local function knit(chapter)
    chapter.names, chapter.order = {}, {}
    chapter.resolve = resolver(chapter)
    for _, s in ipairs(chapter.sections) do
        if s.name then
            s.name = chapter.resolve(s.name, s.line)
            local e = chapter.names[s.name]
            if not e then
                e = { name = s.name, definitions = {}, users = {}, citers = {}, files = {} }
                chapter.names[s.name] = e
                chapter.order[#chapter.order + 1] = e
            end
            e.file = e.file or s.file
            e.definitions[#e.definitions + 1] = s
        end
    end
    for _, s in ipairs(chapter.sections) do
        local function use(list, name, line)
            name = chapter.resolve(name, line)
            local e = chapter.names[name]
            if not e then
                text.complain(chapter.path, line, "@<%s@> is used and never defined", name)
            elseif e[list][#e[list]] ~= s then e[list][#e[list] + 1] = s end
            return e
        end
        local depth = 0
        for _, token in ipairs(cweb.program_tokens(s)) do
            local kind, said = token[1], token[2]
            if kind == "name" then
                local e = use("users", said, s.program_line + cweb.lines_before(s.program, token[3]))
                if e then s.uses[#s.uses + 1] = { e, depth } end
            elseif said == "{" then depth = depth + 1
            elseif said == "}" then depth = depth - 1 end
        end
        for _, cite in ipairs(s.cites) do use("citers", cite[1], cite[2]) end
    end
    local function reach(e, file, top)
        if e.files[file] and (e.top or not top) then return end
        e.files[file] = true
        e.top = e.top or top
        for _, s in ipairs(e.definitions) do
            for _, u in ipairs(s.uses) do reach(u[1], file, top and u[2] == 0) end
        end
    end
    for _, e in ipairs(chapter.order) do
        if e.file then
            reach(e, e.name, true)
            local key = e.name:find("%.h$") and e.name:match("[^/]+$") or e.name    -- a header is included by its last name
            local old = book.files[key]
            if old then text.complain(chapter.path, e.definitions[1].line, "%s: a file of that name is written in %s too", key, old.chapter.path) end
            book.files[key] = { chapter = chapter, section = e.definitions[1], path = e.name }
        end
    end
    for _, e in ipairs(chapter.order) do
        if not next(e.files) then text.complain(chapter.path, e.definitions[1].line, "@<%s@> is never used", e.name) end
    end
end

-- ------------------------------------------------------------ identifiers
local function declare(chapter)
    for _, s in ipairs(chapter.sections) do
        local e = s.name and chapter.names[s.name]
        local files, header = e and e.files or {}, false
        for file in pairs(files) do if file:find("%.h$") then header = true end end
        local function declared(name, kind, definition, private)
            if #name < 2 then return end
            book.definitions[name] = book.definitions[name] or {}
            if kind == "macro" or kind == "constant" or kind == "type" then private = private or not header end
            table.insert(book.definitions[name], { section = s, chapter = chapter, kind = kind, definition = definition,
                private = private, header = header, files = files })
        end
        if s.defines then for name in s.defines:gmatch("#define%s+([%w_]+)") do declared(name, "macro", true, false) end end
        if e and e.top then declarations.of(cweb.program_tokens(s), declared) end
    end
end

function book.public(d)             -- may other files mean this name?
    return not d.private or d.header
end

-- Where a name is defined, seen from a section; nil if it is not one that the book defines, or is ambiguous.
function book.defined(name, section, call)
    local list = book.definitions[name]
    if not list then return nil end
    local e = section.name and section.chapter.names[section.name]
    local best, best_score
    for _, d in ipairs(list) do
        local same_file, score = false, nil
        for file in pairs(e and e.files or {}) do if d.files[file] then same_file = true end end
        if same_file then score = 30
        elseif book.public(d) and (d.chapter == section.chapter or name:find("^gp_") or name:find("^GP_") or d.header) then
            score = d.chapter == section.chapter and 20 or 10
        elseif not e and d.chapter == section.chapter then score = 15 end
        if score and d.kind == "function" and not name:find("^gp_") and call == false then score = nil end
        if score and d.kind == "variable" and not same_file and not name:find("^gp_") then score = nil end
        if score then
            if d.definition then score = score + 2 end
            if not best or score > best_score then best, best_score = d, score end
        end
    end
    return best
end

-- ------------------------------------------------------------
function book.load(folder)
    if book.chapters then return book end
    book.chapters, book.by_name = {}, {}
    book.labels, book.definitions, book.files, book.topics, book.uses = {}, {}, {}, {}, {}
    for _, entry in ipairs(book.order(folder)) do
        local chapter = cweb.read(entry.path)
        chapter.number, chapter.appendix, chapter.part = entry.number, entry.appendix, entry.part
        book.chapters[#book.chapters + 1] = chapter
        book.by_name[chapter.name] = chapter
    end
    for _, chapter in ipairs(book.chapters) do survey(chapter) end
    for _, chapter in ipairs(book.chapters) do knit(chapter) end
    for _, chapter in ipairs(book.chapters) do declare(chapter) end
    return book
end

return book
