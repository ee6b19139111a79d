-- What the chapters of a folder hold, as one table: require "gather"(folder) -> facts. See facts.lua, which writes it down.
local cweb = require "cweb"
local json = require "json"
local text = require "texts"

-- ------------------------------------------------------------ measures of a section
local function lines_of_c(s)        -- those that are not empty
    local n, long, at = 0, json.list(), s.program_line
    for line in (s.program or ""):gmatch("([^\n]*)\n") do
        if line:find("%S") and not line:find("^%s*@#%s*$") then n = n + 1 end
        if #line > 79 then long[#long + 1] = json.list { at, #line } end
        at = at + 1
    end
    for _ in (s.defines or ""):gmatch("\n") do n = n + 1 end
    return n, long
end

local function words_of(said)       -- what one reads: no names of commands, no labels; a formula counts by its pieces
    said = said:gsub("\\label{[^}]*}", " "):gsub("\\claim{[^}]*}", " "):gsub("\\begin{[^}]*}", " "):gsub("\\end{[^}]*}", " ")
               :gsub("%f[\\%%]%%[^\n]*", " "):gsub("\\%a+", " ")
    local n = 0
    for word in said:gmatch("%S+") do if word:find("%w") then n = n + 1 end end
    return n
end

-- ------------------------------------------------------------ files
-- What a file includes of ours: path -> names
local function includes_of(book)
    local includes = {}
    for _, chapter in ipairs(book.chapters) do
        for _, s in ipairs(chapter.sections) do
            for path in pairs(s.name and chapter.names[s.name].files or {}) do
                includes[path] = includes[path] or {}
                for _, token in ipairs(cweb.program_tokens(s)) do
                    local header = token[1] == "string" and token[2]:match('^"([%w_/%-]+%.h)"$')
                    if header then table.insert(includes[path], header) end
                end
            end
        end
    end
    return includes
end

-- What gradient.h includes, and what that includes, is public; without a gradient.h, all headers are.
local function public_headers(includes)
    local public = {}
    local function reach(path)
        if public[path] or not includes[path] then return end
        public[path] = true
        for _, name in ipairs(includes[path]) do reach("tangled/lib/" .. name) end
    end
    if not includes["tangled/lib/gradient.h"] then for path in pairs(includes) do public[path] = true end end
    reach "tangled/lib/gradient.h"
    return public
end

-- The folder says what a file is. What is private of the library is not installed.
local function kind_of(path, public)
    local folder, rest = path:match("^tangled/(%l+)/(.+)$")
    local header = path:find("%.h$") ~= nil
    if folder == "lib" then
        if header then return public[path] and not rest:find("_private%.h$") and not rest:find("^private/") and "header" or "private" end
        return "library"
    elseif folder == "lab" or folder == "experiments" or folder == "exercises" then
        local kind = folder == "lab" and "lab" or folder:sub(1, -2)
        return header and kind .. " header" or kind
    end
end

local function files(book)
    local includes = includes_of(book)
    local list, by_kind, public = json.list(), {}, public_headers(includes)
    for _, chapter in ipairs(book.chapters) do
        chapter.files = json.list()
        for _, e in ipairs(chapter.order) do
            if e.file then
                local s = e.definitions[1]
                local kind = kind_of(e.name, public)
                if not kind or not e.name:find("^[%w_/%-]+%.[ch]$") then
                    text.complain(chapter.path, s.name_line, "%s: a file is tangled/lib|lab|experiments|exercises/NAME.c or .h", e.name)
                else
                    list[#list + 1] = { path = e.name, kind = kind, chapter = chapter.name, section = s.id, line = s.name_line,
                        includes = json.list(includes[e.name]) }
                    by_kind[kind] = by_kind[kind] or {}
                    table.insert(by_kind[kind], e.name)
                    table.insert(chapter.files, e.name)
                end
            end
        end
    end
    table.sort(list, function(a, b) return a.path < b.path end)
    for _, paths in pairs(by_kind) do table.sort(paths) end
    return list, by_kind
end

local function base(path) return path:match("([^/]+)%.%w+$") end

-- ------------------------------------------------------------ who makes what
-- What a chapter shows is made by the experiment or cell NAME, or by the longest NAME of which it is NAME-part.
-- An experiment that writes under another name: then by every one of the chapter that names the file.
local function makers(facts)
    local producer = {}             -- experiments and cells
    for _, path in ipairs(facts.by_kind.experiment or {}) do producer[base(path)] = true end
    for _, cell in ipairs(text.files("book/cells", ".sh")) do producer[cell] = true end
    facts.producer = producer
    function facts.needs(what)
        local name = what
        while name do
            if producer[name] then return { name } end
            name = name:match("^(.*)[-_][^-_]*$")
        end
        local list = {}
        for _, chapter in ipairs(facts.book.chapters) do
            if chapter.text:find('"' .. what .. ".", 1, true) then
                for _, path in ipairs(chapter.files) do
                    if path:find("^tangled/experiments/.+%.c$") then list[#list + 1] = base(path) end
                end
            end
        end
        return list
    end
end

-- ------------------------------------------------------------ all of it
local function gather(folder)
    local book = require("book").load(folder)
    local list, by_kind = files(book)
    local facts = { files = list, by_kind = by_kind, book = book, parts = json.list(), chapters = json.list(), sections = json.list(),
        exercises = json.list(), claims = json.list(), results = json.list(), labels = {}, identifiers = {}, programs = json.list() }
    for _, chapter in ipairs(book.chapters) do
        if chapter.part then
            table.insert(facts.parts, { number = chapter.part.number, title = chapter.part.title, chapter = chapter.name })
        end
        local stub, c, words = {}, 0, 0
        for _, s in ipairs(chapter.sections) do
            local n, long = lines_of_c(s)
            local w = words_of(s.text)
            c, words = c + n, words + w
            table.insert(facts.sections, { id = s.id, chapter = chapter.name, line = s.line, last = s.last, depth = s.depth, title = s.title,
                name = s.name, file = s.file or nil, program_line = s.program_line, c = n, words = w, long = #long > 0 and long or nil,
                files = s.name and json.list(text.sorted(chapter.names[s.name].files)) or nil })
            local name = s.file and s.name:match("^tangled/exercises/(.+)%.c$")
            if name and not stub[name] then stub[name] = { file = s.name, section = s.id, line = s.name_line, last = s.last } end
        end
        table.insert(facts.chapters, { name = chapter.name, path = chapter.path, number = chapter.number, appendix = chapter.appendix or false,
            part = chapter.part and chapter.part.number or nil, title = chapter.title, sections = #chapter.sections, c = c, words = words, files = chapter.files })
        for _, e in ipairs(chapter.exercises) do
            table.insert(facts.exercises, { name = e.name, number = e.number, title = e.title, difficulty = e.difficulty, points = tonumber(e.points) or 0,
                chapter = chapter.path, section = e.section.id, line = e.line, stub = stub[e.name] })
        end
        for _, u in ipairs(chapter.uses) do
            local place = { name = u.name, key = u.key, chapter = chapter.name, section = u.section.id, line = u.line }
            if u.kind == "claim" then table.insert(facts.claims, place)
            else
                place.kind = u.kind
                table.insert(facts.results, place)
            end
        end
    end
    for name, l in pairs(book.labels) do facts.labels[name] = { chapter = l.chapter.name, number = l.number, anchor = l.anchor } end
    for name, found in pairs(book.definitions) do
        local places = json.list()
        for _, d in ipairs(found) do
            places[#places + 1] = { section = d.section.id, kind = d.kind, public = book.public(d), files = json.list(text.sorted(d.files)) }
        end
        facts.identifiers[name] = places
    end
    makers(facts)
    for _, path in ipairs(by_kind.lab and { "build/bin/lab" } or {}) do table.insert(facts.programs, path) end
    for _, path in ipairs(by_kind.experiment or {}) do table.insert(facts.programs, "build/experiments/" .. base(path)) end
    return facts
end

return gather
