-- What a reader or a compiler would not notice: the measures of the sections, claims without a test and tests without a claim, results
-- that nothing makes, characters and paths that do not belong. A line a chapter, a line a complaint, and the plain line at the end.
--
--   texlua book/lua/lint.lua             (make lint)
--   texlua book/lua/lint.lua record      write today's measures to book/lint-limits: what is over an aim may not grow
package.path = (arg[0]:match("^(.*)/[^/]*$") or ".") .. "/?.lua;" .. package.path
local facts = require "gather"("chapters")
local text = require "texts"

local passed, failed = 0, 0
local function check(what, complaints)
    if #complaints == 0 then passed = passed + 1 return end
    failed = failed + 1
    print("lint: " .. what .. ":")
    for n = 1, math.min(#complaints, 40) do print("    " .. complaints[n]) end
    if #complaints > 40 then print(("    and %d more"):format(#complaints - 40)) end
end
local function list() return setmetatable({}, { __call = function(t, ...) t[#t + 1] = string.format(...) end }) end
local function place(chapter, line) return ("chapters/%s.w:%d"):format(chapter, line) end

local bad = list()
for _, c in ipairs(text.complaints) do bad("%s:%d: %s", c.file, c.line, c.said) end
check("labels, names and sections", bad)

-- ------------------------------------------------------------ the measures of ARCHITECTURE's style
-- Sections of at most a dozen lines of C: median 10, 90th percentile 18; words of prose for a line of C: 8 in Parts I and II,
-- 5 in Part III; no section with more than ten lines of C under fewer than 15 words.
local LIMITS = "book/lint-limits"
local aims = { median = 10, p90 = 18, longest = 40, thin = 0 }
local limits = {}                   -- chapter -> measure -> what was recorded
for line in (text.read(LIMITS) or ""):gmatch("[^\n]+") do
    local chapter, measure, value = line:match("^(%S+) (%S+) (%S+)$")
    if chapter and chapter ~= "#" then limits[chapter] = limits[chapter] or {}; limits[chapter][measure] = tonumber(value) end
end

local part, part_of = nil, {}
for _, c in ipairs(facts.chapters) do
    part = c.appendix and "appendix" or c.part or part
    part_of[c.name] = part
end
local lengths, thin_sections, measures = {}, {}, {}
for _, s in ipairs(facts.sections) do
    local l = lengths[s.chapter] or {}
    lengths[s.chapter] = l
    if s.c > 0 then l[#l + 1] = s.c end
    if s.c > 10 and s.words < 15 then
        thin_sections[s.chapter] = thin_sections[s.chapter] or {}
        table.insert(thin_sections[s.chapter], s.id)
    end
end
local over, over_in_all = list(), 0
for _, c in ipairs(facts.chapters) do
    local l = lengths[c.name] or {}
    table.sort(l)
    if #l == 0 then print(("%-34s %4d sections, %6d words, prose alone"):format(c.name, c.sections, c.words))
    else
        local m = { median = l[(#l + 1) // 2], p90 = l[math.ceil(.9 * #l)], longest = l[#l], thin = #(thin_sections[c.name] or {}), words = c.words / c.c }
        measures[c.name] = m
        print(("%-34s %4d sections, %4d with C: median %2d lines, 90th percentile %2d, longest %2d; %4.1f words a line; %d thin")
            :format(c.name, c.sections, #l, m.median, m.p90, m.longest, m.words, m.thin))
        local most = limits[c.name] or {}
        for _, measure in ipairs { "median", "p90", "longest", "thin" } do
            local limit = math.max(aims[measure], most[measure] or 0)
            if m[measure] > aims[measure] then over_in_all = over_in_all + 1 end
            if m[measure] > limit then
                over("chapters/%s.w: %s is %d, at most %d%s", c.name, measure, m[measure], limit,
                    measure == "thin" and " (more than ten lines of C, fewer than 15 words: " .. table.concat(thin_sections[c.name], ", ") .. ")" or "")
            end
        end
        local aim = part_of[c.name] == "III" and 5 or part_of[c.name] == "appendix" and 0 or 8
        if m.words < aim then over_in_all = over_in_all + 1 end
        local least = math.min(aim, most.words or aim)
        if m.words < least - .05 then over("chapters/%s.w: %.1f words for a line of C, at least %.1f", c.name, m.words, least) end
    end
end
check("sections over the measures (see book/lint-limits)", over)
local long_sections = 0
for _, s in ipairs(facts.sections) do if s.c > 18 then long_sections = long_sections + 1 end end
local c_of, in_all = {}, 0
for _, s in ipairs(facts.sections) do
    local kind = "other"
    for _, f in ipairs(s.files or {}) do kind = f:match("^tangled/(%l+)/") or kind end
    c_of[kind] = (c_of[kind] or 0) + s.c
    in_all = in_all + s.c
end
print(("lines of C: %d in all, library %d, lab %d, experiments %d, exercises %d; %d sections of more than 18 lines; %d measures over an aim")
    :format(in_all, c_of.lib or 0, c_of.lab or 0, c_of.experiments or 0, c_of.exercises or 0, long_sections, over_in_all))
if arg[1] == "record" then
    local out = { "# Where a chapter does not meet an aim yet, the measure that it may not exceed (words: not fall below).",
        "# Written by `texlua book/lua/lint.lua record'; see book/lua/lint.lua for the aims." }
    for _, name in ipairs(text.sorted(measures)) do
        local m = measures[name]
        for _, measure in ipairs { "median", "p90", "longest", "thin" } do
            if m[measure] > aims[measure] then out[#out + 1] = ("%s %s %d"):format(name, measure, m[measure]) end
        end
        local aim = part_of[name] == "III" and 5 or part_of[name] == "appendix" and 0 or 8
        if m.words < aim then out[#out + 1] = ("%s words %.2f"):format(name, m.words) end
    end
    text.write(LIMITS, table.concat(out, "\n") .. "\n")
end

-- ------------------------------------------------------------ claims and tests name each other
local function every(command)       -- the lines of a command's output
    local lines, pipe = {}, io.popen(command)
    for line in pipe:lines() do lines[#lines + 1] = line end
    pipe:close()
    return lines
end
local test, twice, idle, sources = {}, list(), list(), {}
for _, file in ipairs(every "ls tests/*/*.c") do
    local s = text.read(file)
    sources[#sources + 1] = s
    for name in ("\n" .. s):gmatch("\nSTART_TEST%(claim_([%l%d_]+)%)") do
        if test[name] then twice("claim_%s in %s and %s", name, test[name], file) end
        test[name] = file
    end
end
local all_tests = table.concat(sources)
for _, name in ipairs(text.sorted(test)) do
    local n = 0                     -- where it is defined, and at least once where it is put in a suite
    for _ in all_tests:gmatch("%f[%w_]claim_" .. name .. "%f[^%w_]") do n = n + 1 end
    if n < 2 then idle("%s: claim_%s is in no suite", test[name], name) end
end
local untested, unmade, made = list(), list(), {}
for _, c in ipairs(facts.claims) do
    made[c.name] = true
    if not test[c.name] then untested("%s: \\claim{%s} has no test claim_%s", place(c.chapter, c.line), c.name, c.name) end
end
for _, name in ipairs(text.sorted(test)) do if not made[name] then unmade("%s: claim_%s", test[name], name) end end
check("claims without a test", untested)
check("tests of claims that no chapter makes", unmade)
check("tests of the same name", twice)
check("tests that never run", idle)

-- ------------------------------------------------------------ what a chapter shows is made by something
local lfs = require "lfs"
local function is_fresh(what)       -- have the programs that make it run since they were changed?
    for _, name in ipairs(facts.needs(what)) do
        local source = lfs.attributes("tangled/experiments/" .. name .. ".c", "modification") or 0
        if (lfs.attributes("build/outputs/." .. name .. ".ran", "modification") or -1) < source then return false end
    end
    return true
end
local nothing, seen = list(), {}
for _, u in ipairs(facts.results) do
    local at, key = place(u.chapter, u.line), u.kind .. " " .. u.name .. " " .. (u.key or "")
    local makers = #facts.needs(u.name)
    local collected = u.name:find("^paper%-against%-ours") ~= nil
    if seen[key] then -- said once
    elseif u.kind == "plot" then
        if not text.read("book/plots/" .. u.name .. ".gp") then nothing("%s: \\plot{%s}: there is no book/plots/%s.gp", at, u.name, u.name) end
    elseif u.kind == "cell" then
        if not facts.producer[u.name] then nothing("%s: \\cell{%s}: no experiment and no book/cells/%s.sh", at, u.name, u.name) end
    elseif u.kind == "outtable" then
        if makers == 0 and not collected then nothing("%s: \\outtable{%s}: nothing makes it", at, u.name) end
    elseif u.kind == "val" then
        local values = is_fresh(u.name) and text.read("build/outputs/" .. u.name .. ".val")
        if makers == 0 and not collected then nothing("%s: \\val{%s}{%s}: nothing makes %s.val", at, u.name, u.key, u.name)
        elseif values and not ("\n" .. values):find("\n" .. u.key .. "\t", 1, true) then
            nothing("%s: \\val{%s}{%s}: build/outputs/%s.val has no such key", at, u.name, u.key, u.name)
        end
    end
    seen[key] = true
end
for _, u in ipairs(facts.results) do
    if u.kind == "ref" and not facts.labels[u.name] then nothing("%s: \\ref{%s}: there is no such label", place(u.chapter, u.line), u.name) end
end
check("results and references that nothing makes", nothing)

-- ------------------------------------------------------------ names that CWEAVE would set as types
-- It takes the name of a type for a type everywhere in a chapter, so a member of that name spoils its statement.
local cweb = require "cweb"
local doubled = list()
local type_in = {}                  -- chapter -> names
for name, found in pairs(facts.book.definitions) do
    for _, d in ipairs(found) do
        if d.kind == "type" then
            type_in[d.chapter] = type_in[d.chapter] or {}
            type_in[d.chapter][name] = true
        end
    end
end
for _, chapter in ipairs(facts.book.chapters) do
    local types, said = type_in[chapter] or {}, {}
    for _, s in ipairs(chapter.sections) do
        local before, last = "", ""
        for _, token in ipairs(cweb.program_tokens(s)) do
            local kind, word = token[1], token[2]
            if kind ~= "space" and kind ~= "newline" and kind ~= "comment" then
                if kind == "word" and types[word] and not said[word] and (last == "." or before == "-" and last == ">") then
                    said[word] = true
                    doubled("%s:%d: %s is a type and a member", chapter.path, s.program_line + cweb.lines_before(s.program, token[3]), word)
                end
                before, last = last, word
            end
        end
    end
end
check("names that are a type and a member (CWEAVE sets them badly; rename one)", doubled)

-- ------------------------------------------------------------ the house: modules include only downwards
local includes, home = {}, {}       -- module -> modules; header -> chapter
for _, f in ipairs(facts.files) do
    local module = f.path:match("^tangled/lib/(.+)%.[ch]$")
    if module then
        includes[module] = includes[module] or {}
        for _, header in ipairs(f.includes) do includes[module][header:match("^(.+)%.h$")] = true end
    end
    if f.path:find("%.h$") then home[f.path:match("^tangled/%l+/(.+)$")] = f.chapter end
end
local circles, state, way = list(), {}, {}
local function visit(module)
    state[module] = "open"
    way[#way + 1] = module
    for _, other in ipairs(text.sorted(includes[module] or {})) do
        if other ~= module and state[other] == "open" then circles("%s, %s", table.concat(way, ", "), other)
        elseif not state[other] then visit(other) end
    end
    way[#way] = nil
    state[module] = "done"
end
for _, module in ipairs(text.sorted(includes)) do if not state[module] then visit(module) end end
check("modules that include each other in a circle", circles)
local later = {}
for _, f in ipairs(facts.files) do
    if part_of[f.chapter] == "I" or part_of[f.chapter] == "II" then
        for _, header in ipairs(f.includes) do
            if home[header] and part_of[home[header]] == "III" then later[header] = true end
        end
    end
end
print("headers of Part III that Parts I and II include: " .. table.concat(text.sorted(later), " "))

-- ------------------------------------------------------------ exercises and their rooms
local rooms, asked = list(), {}
for _, e in ipairs(facts.exercises) do
    asked[e.name] = true
    if not text.read("exercises/" .. e.name .. "/test.c") then rooms("%s:%d: there is no exercises/%s/test.c", e.chapter, e.line, e.name) end
    if not e.stub then rooms("%s:%d: exercise %s has no stub tangled/exercises/%s.c", e.chapter, e.line, e.number, e.name) end
end
for _, room in ipairs(every "ls -d exercises/*/") do
    local name = room:match("([^/]+)/$")
    if not asked[name] then rooms("%s: no chapter asks it", room) end
end
check("exercises", rooms)

-- ------------------------------------------------------------ characters, lines, paths, readers
local odd, long = list(), list()
for _, c in ipairs(facts.chapters) do
    local n = 0
    for line in text.read(c.path):gmatch("([^\n]*)\n") do
        n = n + 1
        if line:find("[\128-\255]") then odd("%s:%d: %s", c.path, n, line:sub(1, 90)) end
    end
end
for _, s in ipairs(facts.sections) do
    for _, l in ipairs(s.long or {}) do long("%s: %d characters", place(s.chapter, l[1]), l[2]) end
end
check("chapters are ASCII", odd)
check("lines of C over 79 characters", long)
check("paths of a machine", every([[grep -rnIE '(^|[^A-Za-z0-9_./$-])/(work|root|home)/' chapters tests exercises book/*.* book/lua book/web book/plots book/cells Makefile README.md .ci 2>/dev/null |
    grep -v '^book/lua/lint.lua:' | cut -c 1-120]]))
-- One program knows what a .w file looks like. Others that look for its codes or commands betray themselves.
local parsers = every([[grep -lE '@\\?[(*<]|\\\\(claim|cell|val|plot|outtable|cite|label|begin\\?\{exercise)' Makefile */*.mk book/*.sh book/web/*.sh .ci/run exercises/tutor exercises/*.sh tests/*/*.sh 2>/dev/null | grep -v tests/cli/test_press.sh]])
print(("programs that parse .w: %d"):format(1 + #parsers))
check("programs that parse .w besides book/lua/cweb.lua", parsers)

print(("%d passed, %d failed, 0 skipped"):format(passed, failed))
os.exit(failed == 0 and 0 or 1)
