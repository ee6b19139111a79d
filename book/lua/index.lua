-- Index and names of the sections for paper, from what CWEAVE found.
--
--   texlua book/lua/index.lua index OUT.tex CHAPTER...      one index from the chapters' .idx files
--   texlua book/lua/index.lua names OUT.tex CHAPTER...      the names of the sections, from the .scn files
package.path = (arg[0]:match("^(.*)/[^/]*$") or ".") .. "/?.lua;" .. package.path
local book = require "book"
local cweave = require "cweave"
local text = require "texts"
local group, code, prose, links = cweave.group, cweave.code, cweave.prose, cweave.links

local function numbers()
    local number = {}
    for _, chapter in ipairs(book.order()) do number[chapter.name] = chapter.number end
    return number
end

local function plain(s)             -- an entry's letters, to sort by
    return (s:gsub("\\[%a]+", ""):gsub("\\[|&.\\]", ""):gsub("[\\{}$~]", ""))
end

local function entries(path)  -- the \I entries of an .idx or .scn file
    local s = "\n" .. (text.read(path) or ""):gsub("%%\n", "") .. "\n\\I"
    local list, i = {}, s:find("\n\\I", 1, true)
    while i do
        local j = s:find("\n\\I", i + 1, true)
        if not j then break end
        list[#list + 1] = s:sub(i + 3, j - 1)
        i = j
    end
    return list
end

local function index(to, names)
    local number = numbers()
    local found, list = {}, {}
    for _, name in ipairs(names) do
        for _, e in ipairs(entries("build/press/woven/" .. name .. ".idx")) do
            e = e:gsub("\n", " ")
            local depth, i = 0, 1   -- the numbers follow the first comma outside of groups
            while i <= #e do
                local c = e:sub(i, i)
                if c == "\\" then i = i + 1
                elseif c == "{" then depth = depth + 1
                elseif c == "}" then depth = depth - 1
                elseif c == "," and depth == 0 then break end
                i = i + 1
            end
            local entry, refs = e:sub(1, i - 1), e:sub(i + 1)
            local key
            if entry:find("^\\9") then key, i = group(entry, 3); entry = entry:sub(i) end
            key = key or plain(entry)
            local topic = entry:match("^{(.*)}$")
            local set = topic and prose(topic) or code(entry)
            if not entry:find("^\\|") and key ~= "" then    -- one-letter variables say nothing in an index
                local sort = key:lower():gsub("^gp_", ""):gsub("[_ ]", "\1")
                if not found[set] then
                    found[set] = { set = set, sort = sort, key = key, refs = {} }
                    list[#list + 1] = found[set]
                end
                for bracket, n in refs:gmatch("(\\?%[?)(%d+)") do
                    local r, defined = found[set].refs, bracket == "\\["
                    local at, last = ("%s.%05d"):format(number[name], tonumber(n)), nil
                    for _, other in ipairs(r) do if other.at == at then last = other end end
                    if last then last.defined = last.defined or defined
                    else r[#r + 1] = { at = at, chapter = number[name], section = n, defined = defined } end
                end
            end
        end
    end
    table.sort(list, function(a, b)
        if a.sort ~= b.sort then return a.sort < b.sort end
        return a.set < b.set
    end)
    -- A name of no module that is declared again and again is a local variable; one that is met everywhere is looked up where it is defined.
    local function worth(e)
        local definitions, public = {}, e.key:lower():find("^gp_") or not e.set:find("^\\cw[iw]")
        table.sort(e.refs, function(a, b) return a.at < b.at end)
        for k, r in ipairs(e.refs) do
            e.refs[k] = ("\\%s{%s}{%s}"):format(r.defined and "gpdefinition" or "gpmention", r.chapter, r.section)
            if r.defined then definitions[#definitions + 1] = e.refs[k] end
        end
        if not public and (#definitions > 3 or #e.key < 3) then return false end
        if #e.refs > 12 and #definitions > 0 then e.refs = definitions end
        return true
    end
    local out, letter = {}, nil
    for _, e in ipairs(list) do if worth(e) then
        local l = e.sort:sub(1, 1):upper()
        if not l:find("%a") then l = "\\#" end
        if l ~= letter then
            letter = l
            out[#out + 1] = "\\gpletter{" .. l .. "}"
        end
        out[#out + 1] = ("\\gpentry{%s}{%s}"):format(e.set, table.concat(e.refs, ", "))
    end end
    text.write(to, table.concat(out, "\n") .. "\n")
end

local function names(to, list)
    local number = numbers()
    local out = {}
    for _, name in ipairs(list) do
        local here = {}
        for _, e in ipairs(entries("build/press/woven/" .. name .. ".scn")) do
            local i = e:find("\\X", 1, true)
            local numbers, title, after = cweave.section_name(e .. " ", i + 2)
            if not title:find("^\\%.{") then
                local used = e:sub(after):match("\\Us?([^.]*)%.")
                here[#here + 1] = ("\\gpname{%s}{%s}{%s}"):format(links(numbers), prose(title:gsub("\n", " ")), used and links(used) or "")
            end
        end
        if #here > 0 then
            out[#out + 1] = ("\\gpnamesof{%s}{%s}"):format(number[name]:find("%d") and "Chapter" or "Appendix", number[name])
            out[#out + 1] = table.concat(here, "\n")
        end
    end
    text.write(to, table.concat(out, "\n") .. "\n")
end

local command = arg[1]
if command == "index" and arg[2] then index(arg[2], { table.unpack(arg, 3) })
elseif command == "names" and arg[2] then names(arg[2], { table.unpack(arg, 3) })
else
    io.stderr:write("index.lua: expected index OUT.tex CHAPTER... or names OUT.tex CHAPTER...\n")
    os.exit(2)
end
