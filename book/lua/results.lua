-- From the records of experiments to what the pages and the plots read. One file, one function a command:
--
--   texlua book/lua/results.lua record NAME FOLDER    FOLDER/NAME.json -> NAME.val, NAME[-TABLE].tsv, NAME[-TABLE]-spread.tsv, NAME.paper
--   texlua book/lua/results.lua papers                build/outputs/*.paper -> paper-against-ours-N.tsv for each chapter N, and
--                                                     paper-against-ours.val with the counts
--
-- A record is a file of lines, an object of JSON each (chapter 13, "Experiments"): the settings; values; tables, whose cells are
-- values too, under COLUMN-ROW; series, which are data for plots only; and comparisons with a paper.

package.path = (arg[0]:match("^(.*)/[^/]*$") or ".") .. "/?.lua;" .. package.path

local function stop(format, ...)
    io.stderr:write("results.lua: " .. format:format(...) .. "\n")
    os.exit(1)
end

local function read(path, optional)
    local f = io.open(path, "rb")
    if not f then
        if optional then return nil end
        stop("cannot read %s", path)
    end
    local s = f:read("a")
    f:close()
    return s
end

local function write(path, s)       -- an unchanged file keeps its time stamp
    if read(path, true) == s then return end
    local f = io.open(path .. ".tmp", "wb") or stop("cannot write %s", path)
    if not (f:write(s) and f:close() and os.rename(path .. ".tmp", path)) then stop("cannot write %s", path) end
end

-- ------------------------------------------------------------ JSON, as far as jansson writes it
local ESCAPED = { b = "\b", f = "\f", n = "\n", r = "\r", t = "\t" }
local NULL = setmetatable({}, { __tostring = function() return "nan" end })
local value

local function blank(s, i) return s:find("[^ \t\r\n]", i) or #s + 1 end

local function string_at(s, i)
    local out, j = {}, i + 1
    while true do
        local k = s:find('[\\"]', j) or stop("a string without an end")
        out[#out + 1] = s:sub(j, k - 1)
        if s:sub(k, k) == '"' then return table.concat(out), k + 1 end
        local c = s:sub(k + 1, k + 1)
        if c == "u" then
            out[#out + 1] = utf8.char(tonumber(s:sub(k + 2, k + 5), 16))
            k = k + 4
        else
            out[#out + 1] = ESCAPED[c] or c
        end
        j = k + 2
    end
end

local function list_at(s, i, close)  -- an array, or an object with its keys in order under `keys'
    local out, keys, c = {}, {}, nil
    i = blank(s, i + 1)
    if s:sub(i, i) == close then return out, i + 1 end
    repeat
        local x
        if close == "}" then
            local key
            key, i = string_at(s, blank(s, i))
            i = blank(s, i)
            if s:sub(i, i) ~= ":" then stop("':' was expected at byte %d", i) end
            x, i = value(s, i + 1)
            out[key], keys[#keys + 1] = x, key
        else
            x, i = value(s, i)
            out[#out + 1] = x
        end
        i = blank(s, i)
        c = s:sub(i, i)
        i = i + 1
    until c ~= ","
    if c ~= close then stop("'%s' was expected at byte %d", close, i - 1) end
    return close == "}" and setmetatable(out, { keys = keys }) or out, i
end

function value(s, i)
    i = blank(s, i)
    local c = s:sub(i, i)
    if c == "{" then return list_at(s, i, "}") end
    if c == "[" then return list_at(s, i, "]") end
    if c == '"' then return string_at(s, i) end
    local word = s:match("^[%w%+%-%.]+", i) or stop("a value was expected at byte %d", i)
    if word == "null" then return NULL, i + 4 end
    if word == "true" or word == "false" then return word == "true", i + #word end
    return tonumber(word) or stop("no number: %s", word), i + #word
end

local function records(path)
    local list = {}
    for line in read(path):gmatch("[^\n]+") do
        local item, to = value(line, 1)
        if blank(line, to) <= #line then stop("%s: line %d goes on after its object", path, #list + 1) end
        list[#list + 1] = item
    end
    if not list[1] or not list[1].experiment then stop("%s is no record", path) end
    return list
end

-- ------------------------------------------------------------ one record
local function plain(text) return (text:gsub("[\t\n]", " ")) end
local function row_of(cells) return table.concat(cells, "\t") .. "\n" end

local function record(name, folder)
    local at = folder .. "/" .. name
    local values, seen, papers = {}, {}, {}
    local function keep(key, text)
        if seen[key] then stop("%s.json: there are two values %s", at, key) end
        seen[key] = true
        values[#values + 1] = key .. "\t" .. plain(text) .. "\n"
    end
    local function number(x) return x == NULL and "nan" or ("%.10g"):format(x) end
    local files = {}
    local function place(item, ending)
        local part = item.table or item.series
        if files[part .. ending] then stop("%s.json: two tables or series '%s'", at, part) end
        files[part .. ending] = true
        return at .. (part ~= "" and "-" .. part or "") .. ending
    end
    for _, item in ipairs(records(at .. ".json")) do
        if item.experiment then
            keep("setting", item.setting)
            for _, key in ipairs((getmetatable(item.settings) or { keys = {} }).keys) do
                local x = item.settings[key]
                keep(key, type(x) == "number" and (x == math.floor(x) and ("%d"):format(x) or ("%.6g"):format(x)) or x)
            end
        elseif item.value then
            keep(item.value, item.text)
        elseif item.compared then
            papers[#papers + 1] = row_of { plain(item.compared), plain(item.paper), plain(item.ours), plain(item.spread), plain(item.rule), item.verdict }
        else
            local heads, out, spreads = {}, {}, {}
            for _, column in ipairs(item.columns) do heads[#heads + 1] = plain(column[2]) end
            for _, row in ipairs(item.rows) do
                local cells, spread = {}, { row[1] and not item.series and row[1][1] or nil }
                for k, cell in ipairs(row) do
                    if item.series then
                        cells[k] = cell == "NaN" and "nan" or cell
                    elseif k == 1 then
                        cells[k] = plain(cell[2])
                    else
                        local key = item.columns[k][1] .. "-" .. row[1][1]
                        cells[k] = cell.text
                        keep(key, cell.deviation and cell.text:match("^[^ ,]*") or cell.text)
                        if cell.deviation then
                            keep(key .. "-deviation", cell.text:match("%((.-)%)") or "0")
                            for _, x in ipairs { "least", "most" } do
                                keep(key .. "-" .. x, string.format(item.columns[k][3], tonumber(cell[x]) or 0))
                            end
                            keep(key .. "-count", string.format("%d", cell.count))
                            for _, x in ipairs { "number", "deviation", "least", "most", "count", "lost" } do spread[#spread + 1] = number(cell[x]) end
                        end
                    end
                end
                out[#out + 1] = row_of(cells)
                if #spread > 1 then spreads[#spreads + 1] = row_of(spread) end
            end
            write(place(item, ".tsv"), row_of(heads) .. table.concat(out))
            if #spreads > 0 then
                local names = { item.columns[1][1] }
                for k = 2, #item.columns do
                    for _, x in ipairs { "", "-deviation", "-least", "-most", "-count", "-lost" } do names[#names + 1] = item.columns[k][1] .. x end
                end
                write(place(item, "-spread.tsv"), row_of(names) .. table.concat(spreads))
            end
        end
    end
    write(at .. ".val", table.concat(values))
    if #papers > 0 then write(at .. ".paper", table.concat(papers)) end
end

-- ------------------------------------------------------------ paper against ours
local COUNTED = { ["reproduced"] = "reproduced", ["reproduced in direction"] = "in-direction", ["did not reproduce"] = "not",
    ["cannot be tested here"] = "untested" }

local function papers()
    local chapters = require("book").load("chapters").chapters
    local total, count = 0, { reproduced = 0, ["in-direction"] = 0, ["not"] = 0, untested = 0, other = 0 }
    for _, chapter in ipairs(chapters) do
        local rows = {}
        for _, e in ipairs(chapter.order) do
            local name = e.file and e.name:match("^tangled/experiments/(.+)%.c$")
            local path = "build/outputs/" .. (name or "") .. ".paper"
            for row in (name and read(path, true) or ""):gmatch("[^\n]+") do
                if select(2, row:gsub("\t", "")) ~= 5 then stop("%s: expected 6 fields, found: %s", path, row) end
                rows[#rows + 1] = row .. "\n"
                local kind = COUNTED[row:match("[^\t]*$")] or "other"
                total, count[kind] = total + 1, count[kind] + 1
            end
        end
        if not chapter.appendix then
            write(("build/outputs/paper-against-ours-%s.tsv"):format(chapter.number),
                "experiment\tpaper\tours\tspread\ttolerance\tverdict\n" .. (#rows > 0 and table.concat(rows) or "none in this chapter\t\t\t\t\t\n"))
        end
    end
    write("build/outputs/paper-against-ours.val", ("total\t%d\nreproduced\t%d\nin-direction\t%d\nnot\t%d\nuntested\t%d\nin-part\t%d\n")
        :format(total, count.reproduced, count["in-direction"], count["not"], count.untested, total - count.reproduced - count["not"]))
end

local commands = { record = record, papers = papers }
local run = commands[arg[1]] or stop("expected record or papers")
run(arg[2], arg[3])
