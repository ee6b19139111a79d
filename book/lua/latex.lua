-- Computed values and tables as LaTeX.
--
--   texlua book/lua/latex.lua results CHAPTER OUT.tex        what a chapter shows: \gpsetval, \gpsettable
--   texlua book/lua/latex.lua figure FIGURE.tex|FIGURE.svg   the text in a figure, from gnuplot's notation
--   texlua book/lua/latex.lua chapters OUT.tex               the chapters and parts, for the whole book
--   texlua book/lua/latex.lua labels OUT.tex                 where every label of the other chapters points
--
-- The web edition asks the same functions for values and tables.
if arg then package.path = ((arg[0] or ""):match("^(.*)/[^/]*$") or ".") .. "/?.lua;" .. package.path end
local text = require "texts"

local latex = {}

-- ------------------------------------------------------------ values and tables
function latex.escape(s)            -- plain text, or math between dollars
    local out, math = {}, false
    for piece in (s .. "$"):gmatch("([^$]*)%$") do
        if not math then
            piece = piece:gsub("\\", "\\textbackslash "):gsub("([%%#&_{}])", "\\%1"):gsub("%^", "\\textasciicircum{}"):gsub("~", "\\textasciitilde{}")
        end
        out[#out + 1] = math and "$" .. piece .. "$" or piece
        math = not math
    end
    return table.concat(out)
end

local WORDS = { nan = "nan", inf = "$\\infty$", ["-inf"] = "$-\\infty$", ["-"] = "--", [""] = "" }

function latex.quantity(s)          -- numbers as numbers are set: a real minus sign, a power of ten; is it one?
    local sign, mantissa, exponent = s:match("^([-+]?)(%d+%.?%d*)[eE]([-+]?%d+)$")
    if mantissa then return ("$%s%s\\cdot10^{%d}$"):format(sign == "+" and "" or sign, mantissa, tonumber(exponent)), true end
    if s:find("^[-+]?%d*%.?%d+%%?$") then return "$" .. s:gsub("%%", "\\%%") .. "$", true end
    if WORDS[s] then return WORDS[s], true end
    return latex.escape(s), false
end

local values = {}
function latex.value(name, key)     -- of build/outputs/NAME.val
    if not values[name] then
        values[name] = {}
        for line in (text.read("build/outputs/" .. name .. ".val") or ""):gmatch("[^\r\n]+") do
            local k, said = line:match("^([^\t]+)\t(.*)$")
            if k then values[name][k] = text.strip(said) end
        end
    end
    return values[name][key], values[name]
end

local function rows_of(tsv)         -- lines beginning with # are comments, but for a first one, which is the head
    local rows = {}
    for line in tsv:gmatch("[^\r\n]+") do
        if not line:find("^#") or #rows == 0 then
            local row = {}
            for cell in (line:gsub("^# ?", "") .. "\t"):gmatch("([^\t]*)\t") do row[#row + 1] = text.strip(cell) end
            rows[#rows + 1] = row
        end
    end
    return rows
end

-- Columns of text too long for the page and its margin are set as paragraphs, the widths in proportion to the text.
local function widths(rows)
    local length, sum, share = {}, 0, 0
    for c = 1, #rows[1] do
        length[c] = 0
        for r = 1, #rows do length[c] = math.max(length[c], #rows[r][c]) end
        sum = sum + length[c]
    end
    if sum <= 80 then return nil end
    for c = 1, #rows[1] do
        length[c] = math.min(math.max(length[c], 20), 36)
        share = share + length[c]
    end
    for c = 1, #rows[1] do length[c] = 142 * length[c] / share end
    return length
end

function latex.tabular(tsv, web)    -- for the web without what only paper needs
    local rows = rows_of(tsv)
    if #rows == 0 then return nil end
    local columns, numeric = #rows[1], {}
    for c = 1, columns do numeric[c] = #rows > 1 end
    for r, row in ipairs(rows) do
        for c = 1, columns do
            local set, is_number = latex.quantity(row[c] or "")
            if r == 1 then set = web and latex.escape(row[c] or "") or row[c]
            elseif not is_number and not set:find("^%$") then numeric[c] = false end
            row[c] = set
        end
    end
    local wide, spec = not web and widths(rows), {}
    for c = 1, columns do
        spec[c] = wide and (">{\\raggedright\\arraybackslash}p{%.1fmm}"):format(wide[c]) or numeric[c] and "r" or "l"
    end
    local edge = web and "" or "@{}"
    local out = { "\\begin{tabular}{" .. edge .. table.concat(spec) .. edge .. "}\\toprule" }
    for r, row in ipairs(rows) do
        local cells = {}
        for c = 1, columns do cells[c] = r == 1 and not web and "\\gphead{" .. latex.escape(row[c]) .. "}" or row[c] end
        out[#out + 1] = table.concat(cells, " & ") .. " \\\\" .. (r == 1 and "\\midrule" or wide and r < #rows and "\\addlinespace[2pt]" or "")
    end
    out[#out + 1] = "\\bottomrule\\end{tabular}"
    return table.concat(out, "\n")
end

-- What a chapter shows. Its values are all that stand in the files it names, so a missing one is marked by LaTeX.
local function results(name, to)
    local chapter = require("book").load("chapters").by_name[name]
    if not chapter then text.complain("chapters/" .. name .. ".w", 1, "there is no such chapter") end
    text.stop_on_complaints()
    local out, asked = {}, { val = {}, outtable = {} }
    for _, u in ipairs(chapter.uses) do
        if u.kind == "cite" then out[1] = "\\global\\gpcitestrue" elseif asked[u.kind] then asked[u.kind][u.name] = true end
    end
    for _, what in ipairs(text.sorted(asked.val)) do
        local _, all = latex.value(what, "")
        for _, key in ipairs(text.sorted(all)) do out[#out + 1] = ("\\gpsetval{%s}{%s}{%s}"):format(what, key, (latex.quantity(all[key]))) end
    end
    for _, what in ipairs(text.sorted(asked.outtable)) do
        local tsv = text.read("build/outputs/" .. what .. ".tsv")
        local set = tsv and latex.tabular(tsv)
        if set then out[#out + 1] = ("\\gpsettable{%s}{%%\n%s}"):format(what, set) end
    end
    text.write(to, table.concat(out, "\n") .. "\n")
end

-- ------------------------------------------------------------ figures
-- The text in a figure is plain, with gnuplot's ^{...} and _{...}, so that the same script serves the web.
local function power(mantissa, exponent, times, pattern)
    mantissa = mantissa == "1" and "" or mantissa == "-1" and "-" or mantissa .. times
    return pattern:format(mantissa, tonumber(exponent))
end

local function figure_text(said)
    if said:find("%$") then return said end
    local mantissa, exponent = said:match("^(-?[%d.]+)e([-+]%d+)$")
    if mantissa then return power(mantissa, exponent, "\\cdot ", "$%s10^{%d}$") end
    if said:find("^-[%d.]+$") then return "$" .. said .. "$" end
    said = said:gsub("([%%#&])", "\\%1"):gsub("\\\\([%%#&])", "\\%1")
    return (said:gsub("([%^_])(%b{})", function(c, b) return "$" .. c .. b .. "$" end)
                :gsub("([%^_])(%w)", function(c, b) return "$" .. c .. "{" .. b .. "}$" end))
end

local function figure(path)
    if path:find("%.svg$") then     -- a tick such as 1e-06
        return text.write(path, (text.need(path):gsub(">%s*(-?[%d.]*)e([-+]%d+)</tspan>", function(mantissa, exponent)
            return power(mantissa, exponent, "·", ">%s10<tspan dy='-0.45em' font-size='75%%'>%d</tspan></tspan>")
        end)))
    end
    local out = {}
    for line in text.need(path):gmatch("([^\n]*)\n") do
        local before, said, after = line:match("^(.*\\strut{})(.*)(}}%%)$")
        if before and before:find("\\rotatebox") then before, said, after = line:match("^(.*\\strut{})(.*)(}}}%%)$") end
        out[#out + 1] = before and before .. figure_text(said) .. after or line
    end
    text.write(path, table.concat(out, "\n") .. "\n")
end

-- ------------------------------------------------------------ the whole book
local function chapters(to)
    local out, appendices = {}, false
    for _, chapter in ipairs(require("book").order()) do
        if chapter.part then out[#out + 1] = ("\\gppart{%s}{%s}"):format(chapter.part.number, chapter.part.title) end
        if chapter.appendix and not appendices then
            appendices = true
            out[#out + 1] = "\\gpappendices"
        end
        out[#out + 1] = "\\include{" .. chapter.name .. "}"
    end
    text.write(to, table.concat(out, "\n") .. "\n")
end

-- \gpelsewhere{chapter}{label}{{number}{page}{title}{anchor}{file}}, from what LaTeX found; or as far as the reader knows it, for a
-- chapter that LaTeX has not set yet.
local function labels(to)
    local group = require("cweave").group
    local out, unset = {}, {}
    local function line(...) out[#out + 1] = ("\\gpelsewhere{%s}{%s}{{%s}{%s}{}{%s}{%s.pdf}}"):format(...) end
    for _, chapter in ipairs(require("book").order()) do
        local name = chapter.name
        local aux = text.read("build/press/chapter/" .. name .. ".aux")
        unset[name] = not aux
        for label, rest in (aux or ""):gmatch("\\newlabel{([^}]*)}(%b{})") do
            if not label:find("@") then
                local number, page, i, anchor
                number, i = group(rest, 2)
                page, i = group(rest, i)
                _, i = group(rest, i)
                anchor = i <= #rest and rest:sub(i, i) == "{" and group(rest, i) or ""
                line(name, label, number, page, anchor, name)
            end
        end
    end
    if next(unset) then
        local book = require("book").load("chapters")
        for _, label in ipairs(text.sorted(book.labels)) do
            local l = book.labels[label]
            if unset[l.chapter.name] then line(l.chapter.name, label, l.number, "?", "", l.chapter.name) end
        end
    end
    text.write(to, table.concat(out, "\n") .. "\n")
end

if ... ~= "latex" then
    local commands = { results = results, figure = figure, chapters = chapters, labels = labels }
    if not commands[arg[1]] or not arg[2] then
        io.stderr:write("latex.lua: expected results CHAPTER OUT.tex, figure FIGURE, chapters OUT.tex or labels OUT.tex\n")
        os.exit(2)
    end
    commands[arg[1]](arg[2], arg[3])
end
return latex
