-- A chapter through CWEAVE: what it gets, and what becomes of what it gives.
--
--   texlua book/lua/weave.lua source CHAPTER OUT.w LINT.w    the chapter for CWEAVE, directives kept as they were typed; and once
--                                                            more with @1, which makes CWEAVE say what it cannot make sense of
--   texlua book/lua/weave.lua weave CHAPTER IN.tex OUT.tex   CWEAVE's output as LaTeX
package.path = (arg[0]:match("^(.*)/[^/]*$") or ".") .. "/?.lua;" .. package.path
local book = require "book"
local cweave = require "cweave"
local cweb = require "cweb"
local text = require "texts"
local group, code, prose, links = cweave.group, cweave.code, cweave.prose, cweave.links

-- ------------------------------------------------------------ before CWEAVE
-- CWEAVE reads `#define' and its like inside of program text as if they were statements, and sets them badly. So it gets
-- them as verbatim text, a line a line, with an index entry for the name that is defined.
-- CWEAVE also hangs every comment on the line before it. A comment that stands above what it explains is marked, and
-- cweave.lua puts it there: it begins a line and is indented no deeper than the next.
local VERBATIM = {}
for word in ("define undef pragma if elif error ifdef ifndef"):gmatch("%S+") do VERBATIM[word] = true end

local function stands_above(lines, n)   -- a comment: is line n the first of one, with its program under it?
    local indent = lines[n]:match("^(%s*)/[*/]")
    if not indent then return false end
    while lines[n] and not lines[n]:find("%*/%s*$") and not lines[n]:find("^%s*//") do n = n + 1 end
    local next = n + 1
    while lines[next] and (lines[next]:find("^%s*$") or lines[next]:find("^%s*//")) do next = next + 1 end
    return lines[next] and #lines[next]:match("^%s*") >= #indent and not lines[next]:find("^%s*[})]")
end

local function directive_line(line, directive)
    local said, comment = line:match("^(.-)%s*(/%*.*%*/)%s*$")
    said = (said or line):gsub("^%s+#", "#"):gsub("%s+$", ""):gsub("@@", "@"):gsub("@", "@@")
    local defined, entry = directive == "define" and line:match("^%s*#%s*define%s+([%w_]+)"), ""
    if defined then
        local face = defined:find("%l") and "cwid" or "cwcapital"
        entry = ("@!@:%s}{\\%s{%s}@>"):format(defined, face, (defined:gsub("_", "\\_")))
    end
    return "@=" .. said .. "@>" .. entry .. "@;" .. (comment or "")
end

local function initializers(c)      -- .units = 10 is no C for CWEAVE; it becomes an expression
    return (c:gsub("([{(,]%s*)%.(%a[%w_]*)(%s*=[^=])", "%1@[.%2@]%3"))
end

local function for_cweave(program)
    local lines, out, continued, in_table = {}, {}, false, false
    for line in (program .. "\n"):gmatch("([^\n]*)\n") do lines[#lines + 1] = line end
    for n, line in ipairs(lines) do
        if stands_above(lines, n) then line = line:gsub("/([*/])", "/%1\\gpabove ", 1) end
        local directive = line:match("^%s*#%s*(%l+)")
        if continued or VERBATIM[directive] then
            continued = line:find("\\$") ~= nil
            line = directive_line(line, directive)
        else
            -- a macro that stands on a line by itself before a loop, as GP_SIMD does, is no C for CWEAVE
            local macro = line:match("^%s*(GP_[%u_]+%b())%s*$") or line:match("^%s*(GP_[%u_]+)%s*$")
            local next = lines[n + 1] or ""
            local attribute = line:match("^(__attribute__%b())%s*$")
            if attribute then line = "@t\\gpline{" .. attribute .. "}@>" end
            if macro and (next:find("^%s*for%s*%(") or next:find("^%s*GP_[%u_]+")) then line = "@t\\gpline{" .. macro .. "}@>" end
            line = initializers(line):gsub("^(%s*)%.(%a[%w_]*)(%s*=[^=])", "%1@[.%2@]%3")
            -- a row of a table of initializers is a line, and so is a section among them
            if line:find("=%s*{%s*$") then in_table = true elseif line:find("^%s*}") or line:find("};%s*$") then in_table = false end
            if in_table then line = line:gsub("(@<.*@>)@;%s*$", "%1@/") end
            if line:find("^%s*{.*},%s*$") then line = line .. "@/" end
            -- two pieces of one text stand on two lines, as they were typed
            if line:find('"%s*$') and (lines[n + 1] or ""):find('^%s*"') then line = line .. "@/@t\\qquad\\qquad@>" end
        end
        out[n] = line
    end
    return table.concat(out, "\n")
end

local function source(name, to, lint)
    local chapter = cweb.read("chapters/" .. name .. ".w")
    text.stop_on_complaints()
    local out, at = {}, 1
    for _, s in ipairs(chapter.sections) do
        if s.program then
            out[#out + 1] = chapter.text:sub(at, s.program_from - 1):gsub("|[^|]*|", initializers)
            out[#out + 1] = for_cweave(s.program)
            at = s.program_from + #s.program
        end
    end
    out[#out + 1] = chapter.text:sub(at):gsub("|[^|]*|", initializers)
    local all = table.concat(out):gsub("\n*$", "\n")
    text.write(to, all)
    local first = chapter.sections[1].from  -- all before the first section is as it was
    text.write(lint, all:sub(1, first - 1) .. all:sub(first):gsub("\n", "\n@1\n", 1))
end

-- ------------------------------------------------------------ after CWEAVE
local NOTE = { A = "\\gpalso", U = "\\gpused", Q = "\\gpcited" }

local function section(s)           -- one section, from its \M or \N to the end
    local kind, i = s:match("^\\([MN])()")
    local depth, n, title
    if kind == "N" then depth, i = group(s, i) end
    n, i = group(s, i)
    n = n:gsub("%D", "")
    if kind == "N" then
        local start, level = i, 0   -- the title ends at the first full stop outside of groups
        while true do
            local c = s:sub(i, i)
            assert(c ~= "", "a title without a full stop")
            if c == "\\" then i = i + 1
            elseif c == "{" then level = level + 1
            elseif c == "}" then level = level - 1
            elseif c == "." and level == 0 then break
            elseif level == 0 and s:find("^[?!]%s", i) or s:find("^[?!]\\label", i) then     -- or a question ends
                i = i + 1
                break
            end
            i = i + 1
        end
        title = prose(s:sub(start, i - 1):gsub("%%?\n", " "))
        if s:sub(i, i) ~= "." then i = i - 1 end
        i = i + 1
    end
    local body = s:sub(i):gsub("\\fi%s*$", "")
    local notes = {}
    while true do                   -- the notes at the end: \A7. \U4.
        local before, note, list = body:match("^(.*)\\([AUQ])s?([%d%s,%*%[%]\\ETs~%%]*)%.%%?%s*$")
        if not before or not (before:find("\\par%s*$") or before:find("%.%s*$") or before:find("\n$")) then break end
        table.insert(notes, 1, NOTE[note] .. "{" .. links(list) .. "}")
        body = before
    end
    local from, to = cweave.find_code(body)
    local said = from and body:sub(1, from - 1) or body
    said = said:gsub("^%s+", ""):gsub("%s+$", "")
    local labels = ""
    while said:find("^\\label{") do
        local l, rest = said:match("^(\\label{[^}]*})%%?%s*(.*)$")
        labels, said = labels .. l, rest
    end
    local floats, rest = "", said  -- a figure that opens the section goes behind its first paragraph, where the number is
    while rest:find("^\\plot{") or rest:find("^\\outtable{") do
        local _, after = group(rest, rest:find("{", 1, true))
        _, after = group(rest, after)
        floats, rest = floats .. "\n\n" .. rest:sub(1, after - 1), rest:sub(after):gsub("^%s+", "")
    end
    if floats ~= "" and rest ~= "" and not rest:find("^\\") then
        local gap = rest:find("\n[ \t]*\n") or #rest + 1
        said = rest:sub(1, gap - 1) .. floats .. rest:sub(gap)
    end
    local out = {}
    if depth == "0" then out[1] = ("\\gpchapter{%s}{%s}{%s}"):format(n, title, labels)
    elseif depth then out[1] = ("\\gpsection{%s}{%s}{%s}{%s}"):format(depth, n, title, labels)
    elseif said == "" or said:find("^\\cell{") or said:find("^\\begin{exercise}") then out[1] = ("\\gpcodesection{%s}{%s}"):format(n, labels)
    elseif said:find("^\\begin{") or said:find("^\\plot{") or said:find("^\\outtable{") then
        out[1] = ("\\gpbaresection{%s}{%s}"):format(n, labels)
    else out[1] = ("\\gpplainsection{%s}{%s}%%"):format(n, labels) end
    if said ~= "" then out[#out + 1] = prose(said) end
    if from then
        local program = code(body:sub(to)):gsub("^\\cwblock ", ""):gsub("%s*\\par%s*$", ""):gsub("\\cwskip \\cwblock ", "\\cwblock ")
        out[#out + 1] = "\\begin{gpcode}%\n" .. cweave.keep(program) .. "\\end{gpcode}"
    end
    if #notes > 0 then out[#out + 1] = "\\gpnotes{" .. table.concat(notes) .. "}" end
    return table.concat(out, "\n")
end

local function weave(name, from, to)
    local s = text.need(from):gsub("^%s*\\input cwebmac%s*", "")
    local cut                       -- the closing section, "Index.", is the press's own
    for at in s:gmatch("()\n\\N{%d+}{[^}]*}Index%.") do cut = at end
    if not cut then
        text.complain("chapters/" .. name .. ".w", 1, "the last section is not `@* Index.'")
        text.stop_on_complaints()
    end
    s = "\n" .. s:sub(1, cut) .. "\n\\M{"
    local number = "0"
    for _, chapter in ipairs(book.order()) do if chapter.name == name then number = chapter.number end end
    local out = { ("\\gpbegin{%s}{%s}"):format(name, number) }
    local i = s:find("\n\\[MN]{")
    while true do
        local j = s:find("\n\\[MN]{", i + 1)
        if not j then break end
        out[#out + 1] = section(s:sub(i + 1, j - 1))
        i = j
    end
    text.write(to, table.concat(out, "\n\n") .. "\n\\gpend\n")
end

local command = arg[1]
if command == "source" and arg[4] then source(arg[2], arg[3], arg[4])
elseif command == "weave" and arg[4] then weave(arg[2], arg[3], arg[4])
else
    io.stderr:write("weave.lua: expected source CHAPTER OUT.w LINT.w or weave CHAPTER IN.tex OUT.tex\n")
    os.exit(2)
end
