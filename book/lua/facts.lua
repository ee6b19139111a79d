-- What the chapters hold, for everybody who is not a reader of CWEB: make, the tutor, lint, indexes, headers.
--
--   texlua book/lua/facts.lua write BUILD        BUILD/facts.json, facts.mk, and facts.map: what a page knows of the others
--   texlua book/lua/facts.lua json [FOLDER]      the JSON alone, of the chapters in a folder
--   texlua book/lua/facts.lua stub FILE NAME     first and last line of an exercise's stub in FILE (- for the input)
--
-- The JSON: parts, chapters, files, programs, sections, exercises, claims, results, labels, identifiers; each with its place.
package.path = (arg[0]:match("^(.*)/[^/]*$") or ".") .. "/?.lua;" .. package.path
local cweb = require "cweb"
local gather = require "gather"
local json = require "json"
local text = require "texts"

local function as_json(facts)
    local out = {}
    for k, v in pairs(facts) do if type(v) ~= "function" and k ~= "book" and k ~= "by_kind" and k ~= "producer" then out[k] = v end end
    return json.encode(out)
end

-- ------------------------------------------------------------ for make
local function as_make(facts, build)
    local out = {}
    local function line(...) out[#out + 1] = string.format(...) end
    local function set(name, list) line("%s := %s", name, table.concat(list, " ")) end
    local names, every = {}, {}
    for _, chapter in ipairs(facts.chapters) do names[#names + 1] = chapter.name end
    for _, file in ipairs(facts.files) do every[#every + 1] = file.path end
    line("# made by book/lua/facts.lua from the chapters")
    set("NAMES", names)
    set("FILES", every)
    for _, v in ipairs { { "LIBRARY", "library" }, { "HEADERS", "header" }, { "LAB", "lab" }, { "STUBS", "exercise" } } do
        set(v[1], facts.by_kind[v[2]] or {})
    end
    local experiments = {}
    for _, path in ipairs(facts.by_kind.experiment or {}) do experiments[#experiments + 1] = path:match("([^/]+)%.c$") end
    set("EXPERIMENTS", experiments)
    local tangled = {}
    for _, chapter in ipairs(facts.chapters) do if #chapter.files > 0 then tangled[#tangled + 1] = chapter.name end end
    set("TANGLED", tangled)
    for _, chapter in ipairs(facts.chapters) do
        if #chapter.files > 0 then line("%s: %s/tangle/%s.stamp ; @:", table.concat(chapter.files, " "), build, chapter.name) end
    end
    -- results and figures
    local figures = {}
    local function need(what, needs)
        for _, name in ipairs(facts.needs(what)) do needs["build/outputs/" .. name .. ".txt"] = true end
    end
    local uses, papers = {}, {}
    for _, u in ipairs(facts.results) do
        uses[u.chapter] = uses[u.chapter] or { results = {}, figures = {} }
        if u.name:find("^paper%-against%-ours") then
            local file = "build/outputs/" .. u.name .. (u.kind == "val" and ".val" or ".tsv")
            papers[file], uses[u.chapter].results[file] = true, true
        elseif u.kind == "plot" then
            if text.read("book/plots/" .. u.name .. ".gp") then
                figures[u.name] = true
                uses[u.chapter].figures["build/figures/" .. u.name .. ".pdf"] = true
            end
        elseif u.kind == "cell" or u.kind == "val" or u.kind == "outtable" then need(u.name, uses[u.chapter].results) end
    end
    for _, name in ipairs(names) do
        set("RESULTS_" .. name, text.sorted(uses[name] and uses[name].results or {}))
        set("FIGURES_" .. name, text.sorted(uses[name] and uses[name].figures or {}))
    end
    for _, name in ipairs(text.sorted(figures)) do
        local needs = {}
        local script = text.read("book/plots/" .. name .. ".gp")
        for data in script:gmatch("([%w%-_%%]+)%.tsv") do need((data:gsub("[-_]?%%d.*$", "")), needs) end
        for data in script:gmatch('OUT%."/([%w%-_]-)%-?"') do need(data, needs) end     -- a name put together: OUT."/name-".k
        line("build/figures/.%s.pdf.drawn build/figures/.%s.svg.drawn: %s", name, name, table.concat(text.sorted(needs), " "))
    end
    set("PAPERS", text.sorted(papers))
    set("OUTPUTS", text.sorted(facts.producer))
    set("FIGURES", text.sorted(figures))
    return table.concat(out, "\n") .. "\n"
end

-- ------------------------------------------------------------ for pages: what links lead to
local function as_map(facts)
    local out = {}
    local function line(...) out[#out + 1] = table.concat({ ... }, "\t") end
    for _, c in ipairs(facts.chapters) do line("chapter", c.number, c.name, c.title, c.part or "") end
    for _, p in ipairs(facts.parts) do line("part", p.number, p.title, p.chapter) end
    for name, l in pairs(facts.labels) do line("label", name, l.number, l.chapter, l.anchor) end
    for name, places in pairs(facts.identifiers) do
        for _, d in ipairs(places) do if d.public then line("definition", name, d.section, d.kind) end end
    end
    for _, f in ipairs(facts.files) do line("file", f.path, f.section) end
    table.sort(out)
    return table.concat(out, "\n") .. "\n"
end

-- ------------------------------------------------------------ commands
local command = arg[1]
if command == "write" then
    local build = arg[2] or "build"
    local facts = gather("chapters")
    text.stop_on_complaints()
    text.write(build .. "/facts.json", as_json(facts))
    text.write(build .. "/facts.map", as_map(facts))
    text.write(build .. "/facts.mk", as_make(facts, build))
elseif command == "json" then
    local facts = gather(arg[2] or "chapters")
    text.stop_on_complaints()
    io.write(as_json(facts))
elseif command == "stub" then
    local chapter = cweb.parse(arg[2], arg[2] == "-" and io.read("a") or text.need(arg[2]))
    for _, s in ipairs(chapter.sections) do
        if s.file and s.name == "tangled/exercises/" .. (arg[3] or "") .. ".c" then print(s.name_line, s.last) os.exit(0) end
    end
    os.exit(1)
else
    io.stderr:write("facts.lua: expected write BUILD, json [FOLDER] or stub FILE NAME\n")
    os.exit(2)
end
