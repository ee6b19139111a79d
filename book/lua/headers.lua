-- The public headers as they are installed: with their comments, which CTANGLE drops, in plain text; and a page of the manual for each.
--
--   texlua book/lua/headers.lua FOLDER       FOLDER/NAME.h and FOLDER/gradient-NAME.h.3
package.path = (arg[0]:match("^(.*)/[^/]*$") or ".") .. "/?.lua;" .. package.path
local cweb = require "cweb"
local plain = require "plain"
local text = require "texts"
local facts = require "gather"("chapters")
local book = facts.book

local function reference(label)
    local l = book.labels[label]
    return l and l.number or label
end

local SILENT = {}                   -- control codes that are about how a page looks
for c in (",/|;+![]"):gmatch(".") do SILENT[c] = true end

local function comment(said)        -- its lines keep their places
    local out = {}
    for line in (said .. "\n"):gmatch("([^\n]*)\n") do out[#out + 1] = (plain(line, reference):gsub("%s+$", "")) end
    return table.concat(out, "\n")
end

local expand
local function program(chapter, s, indent)  -- a section's program, with the names in it expanded
    local out, line = {}, {}
    local function end_line()
        local said = table.concat(line):gsub("%s+$", "")
        if not line.control or said ~= "" then out[#out + 1] = said end
        line = {}
    end
    for _, token in ipairs(cweb.program_tokens(s)) do
        local kind, said = token[1], token[2]
        if kind == "newline" then end_line()
        elseif kind == "comment" then line[#line + 1] = comment(said)
        elseif kind == "name" then
            local margin = table.concat(line):match("^%s*") or ""
            line[#line + 1] = expand(chapter, chapter.resolve(said, s.line), margin)
            line.control = true
        elseif kind == "control" then
            line.control = said ~= "#"
            if said ~= "#" and not SILENT[said] and said ~= "q" and said ~= "&" and said ~= "\n" then
                text.complain(chapter.path, s.program_line, "@%s has no place in a header", said)
            end
        elseif kind ~= "entry" and kind ~= "tex" then line[#line + 1] = said end
    end
    end_line()
    while out[1] == "" do table.remove(out, 1) end
    while out[#out] == "" do out[#out] = nil end
    return (table.concat(out, "\n"):gsub("\n", "\n" .. indent))
end

function expand(chapter, name, indent)
    local pieces = {}
    for _, s in ipairs(chapter.names[name].definitions) do pieces[#pieces + 1] = program(chapter, s, indent) end
    return table.concat(pieces, "\n\n" .. indent)
end

local function man_page(name, chapter, section, header)
    local roff = header:gsub("\\", "\\e"):gsub("\n([.'])", "\n\\&%1"):gsub("%-", "\\-")
    local where = (chapter.appendix and "appendix " or "chapter ") .. chapter.number
    return (('.TH GRADIENT-%s 3 "" "gradient" "The Gradient Problem"\n.SH NAME\ngradient-%s \\- the module %s of the library gradient\n'
        .. '.SH SYNOPSIS\n.nf\n#include <%s>\n.fi\n.PP\ncc \\&... $(pkg\\-config \\-\\-cflags \\-\\-libs gradient)\n'
        .. '.SH DESCRIPTION\nExplained in %s, \\(lq%s\\(rq, from section %s on.\n.SH DECLARATIONS\n.nf\n%s.fi\n')
        :format(name:upper(), name, name:gsub("%.h$", ""), name, where, plain(chapter.title), section.id, roff))
end

local folder = arg[1]
if not folder then
    io.stderr:write("headers.lua: expected a folder\n")
    os.exit(2)
end
os.execute("mkdir -p '" .. folder .. "'")
local pages = {}
for _, path in ipairs(facts.by_kind.header or {}) do
    local name = path:match("[^/]+$")
    local f = book.files[name]
    local header = ("/* %s: \"The Gradient Problem\", section %s. MIT licence. */\n"):format(name, f.section.id) .. expand(f.chapter, f.path, "") .. "\n"
    pages[#pages + 1] = { folder .. "/" .. name, header }
    pages[#pages + 1] = { folder .. "/gradient-" .. name .. ".3", man_page(name, f.chapter, f.section, header) }
end
text.stop_on_complaints()
for _, p in ipairs(pages) do text.write(p[1], p[2]) end
