-- What stands between CWEAVE and LaTeX. One file, one function a command:
--
--   texlua book/press.lua source CHAPTER OUT.w              the chapter for CWEAVE, directives kept as they were typed
--   texlua book/press.lua weave CHAPTER IN.tex OUT.tex      CWEAVE's output as LaTeX
--   texlua book/press.lua index OUT.tex CHAPTER...          one index from the chapters' .idx files
--   texlua book/press.lua names OUT.tex CHAPTER...          the names of the sections, from the .scn files
--   texlua book/press.lua results CHAPTER OUT.tex           computed values and tables, as TeX
--   texlua book/press.lua figure FIGURE.tex                 the text in a figure, from gnuplot's notation to LaTeX's
--   texlua book/press.lua labels OUT.tex                    where every label of the other chapters points
--   texlua book/press.lua uses                              which results and figures a chapter shows, for make
--   texlua book/press.lua list chapters|main|book           the chapters, in order
--
-- CWEAVE's control sequences have one-letter names that LaTeX gives another meaning to. So program text is not
-- set by redefining them: it is rewritten here, each `\\{x}` into `\cwid{x}`, and prose passes through as it is.
-- book/gradient.sty gives the \cw... commands their look.

local lfs = require "lfs"

local function read(path, optional)
    local f = io.open(path, "rb")
    if not f then
        if optional then return nil end
        io.stderr:write("press.lua: cannot read " .. path .. "\n")
        os.exit(2)
    end
    local s = f:read("a")
    f:close()
    return s
end

local function write(path, s)       -- an unchanged file keeps its time stamp
    if read(path, true) == s then return end
    local f = assert(io.open(path .. ".tmp", "wb"))
    f:write(s)
    f:close()
    assert(os.rename(path .. ".tmp", path))
end

-- ------------------------------------------------------------ the chapters
local LAST_CHAPTER = 14             -- what comes after chapter 7 is an appendix

local function chapters()
    local list, number = {}, {}
    for file in lfs.dir("chapters") do
        local name = file:match("^(.+)%.w$")
        if name and name ~= "common" then list[#list + 1] = name end
    end
    table.sort(list)
    local appendices = 0
    for _, name in ipairs(list) do
        local n = tonumber(name:match("^%d+"))
        if n and n <= LAST_CHAPTER then
            number[name] = tostring(n)
        else
            number[name] = string.char(65 + appendices)
            appendices = appendices + 1
        end
    end
    return list, number
end

-- ------------------------------------------------------------ before CWEAVE
-- CWEAVE reads `#define' and its like inside of program text as if they were statements, and sets them badly. So it gets
-- them as verbatim text, a line a line, with an index entry for the name that is defined.
-- CWEAVE also hangs every comment on the line before it. A comment that stands above what it explains is marked, and
-- `code' below puts it there: it begins a line and is indented no deeper than the next.
-- And it takes the name of a type for a type wherever it stands: C has room for `const char *word' beside a type `word'.
-- Such an occurrence gets a suffix here, which is taken off again from what CWEAVE writes.
local SUFFIX = "GPX"

local function types_of(lines)
    local types, open = {}, false
    for _, line in ipairs(lines) do
        if line:find("^%s*typedef%s.*{%s*$") then open = true end
        local name = open and line:match("^%s*}%s*([%a_][%w_]*);") or line:match("^%s*typedef%s+%l+%s+{.*}%s*([%a_][%w_]*);")
            or line:match("^%s*typedef%s+[^{(]*%s%*?([%a_][%w_]*);")
        if open and line:find("^%s*}") then open = false end
        if name and not name:find("^gp_") then types[name] = true end
    end
    return types
end

local ordinary
function ordinary(line, types)      -- occurrences that cannot be types: by what stands before and after
    if line:find("^%s*typedef") or line:find("@[<%(]") and not line:find("@[<%(].*@>") then return line end
    if line:find("@[<%(]") then     -- the names of sections are left alone
        local from, to = line:find("@[<%(].-@>")
        return ordinary(line:sub(1, from - 1), types) .. line:sub(from, to) .. ordinary(line:sub(to + 1), types)
    end
    local out, quoted = {}, false
    for piece, quote in (line .. '"'):gmatch('([^"]*)(")') do
        if not quoted then
            piece = piece:gsub("()([%a_][%w_]*)()", function(from, word, to)
                if not types[word] then return end
                local before, after = piece:sub(1, from - 1):match("(%S?)%s*$"), piece:match("^%s*(..?)", to) or ""
                if before == "}" then return end
                if before == "." or before == ">" and piece:find("%->%s*$") or piece:sub(1, from - 1):find("%->%s*$")
                    or after:find("^[=,;%[%.%+/<>!|?:&]") or after:find("^%-") or after:find("^%)") and before ~= "(" then
                    return word .. SUFFIX
                end
            end)
        end
        out[#out + 1] = piece
        if piece:match("\\+$") == nil or #piece:match("\\+$") % 2 == 0 then quoted = not quoted end
    end
    return table.concat(out, '"')
end

local function source(name, to)
    local lines, out, continued, in_table = {}, {}, false, false
    for line in (read("chapters/" .. name .. ".w")):gmatch("([^\n]*)\n") do lines[#lines + 1] = line end
    local types, in_name = types_of(lines), false
    local function above(n)
        local indent = lines[n]:match("^(%s*)/[*/]")
        if not indent then return false end
        while lines[n] and not lines[n]:find("%*/%s*$") and not lines[n]:find("^%s*//") do n = n + 1 end
        local next = n + 1
        while lines[next] and (lines[next]:find("^%s*$") or lines[next]:find("^%s*//")) do next = next + 1 end
        return lines[next] and not lines[next]:find("^@[ *\t%(]") and not lines[next]:find("^@$") and not lines[next]:find("^%s*@<.*@>%+?=")
            and #lines[next]:match("^%s*") >= #indent and not lines[next]:find("^%s*[})]")
    end
    for n, line in ipairs(lines) do
        if above(n) then line = line:gsub("/([*/])", "/%1\\gpabove ", 1) end
        local directive = line:match("^%s*#%s*(%l+)")
        local verbatim = continued or directive == "define" or directive == "undef" or directive == "pragma"
            or directive == "if" or directive == "elif" or directive == "error" or directive == "ifdef" or directive == "ifndef"
        if verbatim then
            continued = line:find("\\$") ~= nil
            local text, comment = line:match("^(.-)%s*(/%*.*%*/)%s*$")
            text = (text or line):gsub("^%s+#", "#"):gsub("%s+$", ""):gsub("@@", "@"):gsub("@", "@@")
            local defined, entry = directive == "define" and line:match("^%s*#%s*define%s+([%w_]+)"), ""
            if defined then
                local face = defined:find("%l") and "cwid" or "cwcapital"
                entry = ("@!@:%s}{\\%s{%s}@>"):format(defined, face, (defined:gsub("_", "\\_")))
            end
            line = "@=" .. text .. "@>" .. entry .. "@;" .. (comment or "")
        end
        -- so is a macro that stands on a line by itself before a loop, as GP_SIMD does: it is no C for CWEAVE
        local macro = not verbatim and line:match("^%s*(GP_[%u_]+%b())%s*$") or line:match("^%s*(GP_[%u_]+)%s*$")
        if macro and (lines[n + 1] or ""):find("^%s*for%s*%(") or macro and (lines[n + 1] or ""):find("^%s*GP_[%u_]+") then
            line = "@t\\gpline{" .. macro .. "}@>"
        end
        -- and designated initializers: .units = 10 becomes an expression
        if not verbatim then
            line = line:gsub("([{(,]%s*)%.(%a[%w_]*)(%s*=[^=])", "%1@[.%2@]%3")
                       :gsub("^(%s*)%.(%a[%w_]*)(%s*=[^=])", "%1@[.%2@]%3")
        end
        -- a row of a table of initializers is a line, and so is a section among them
        if line:find("=%s*{%s*$") then in_table = true elseif line:find("^%s*}") or line:find("};%s*$") or line:find("^@[ *\t\n]") then in_table = false end
        if in_table then line = line:gsub("(@<.*@>)@;%s*$", "%1@/") end
        if not verbatim and line:find("^%s*{.*},%s*$") then line = line .. "@/" end
        local begins, ends = line:find("@[<%(][^@]*$"), not line:find("@[<%(].*@>") and line:find("@>")
        if not verbatim and not in_name and next(types) then line = ordinary(line, types) end
        in_name = begins ~= nil or in_name and not ends
        out[#out + 1] = line
    end
    write(to, table.concat(out, "\n") .. "\n")
end

-- ------------------------------------------------------------ CWEAVE's language
-- The balanced group that opens at s[i], and the position after it.
local function group(s, i)
    assert(s:sub(i, i) == "{", "a group was expected: " .. s:sub(i, i + 40))
    local depth, j = 0, i
    while j <= #s do
        local c = s:sub(j, j)
        if c == "\\" then j = j + 1
        elseif c == "{" then depth = depth + 1
        elseif c == "}" then
            depth = depth - 1
            if depth == 0 then return s:sub(i + 1, j - 1), j + 1 end
        end
        j = j + 1
    end
    error("a group that does not close: " .. s:sub(i, i + 40))
end

local code, prose
local math_max = math.max

local SYMBOL = {                    -- control symbols of program text
    ["1"] = "\\cwin ", ["2"] = "\\cwout ", ["4"] = "\\cwback ", ["5"] = "\\cwspace ", ["6"] = "\\cwline ",
    ["7"] = "\\cwgap ", ["8"] = "\\cwflush ", ["?"] = "\\cwquestion ", [")"] = "\\cwbreak ",
}
local WORD = {                      -- control words of program text
    E = "\\cwequal ", I = "\\cwunequal ", G = "\\cwatleast ", Z = "\\cwatmost ", K = "\\cwassign ",
    V = "\\cwor ", W = "\\cwand ", R = "\\cwnot ", GG = "\\cwright ", LL = "\\cwleft ", AND = "\\cwbitand ",
    OR = "\\cwbitor ", XOR = "\\cwxor ", CM = "\\cwcomplement ", MOD = "\\cwmod ", MG = "\\cwarrow ",
    PP = "\\cwplusplus ", MM = "\\cwminusminus ", NULL = "\\cwnull ", B = "\\cwblock ", Y = "\\cwskip ",
    D = "\\cwdefine ", ATH = "\\cwdefinitions ", J = "\\cwjoin ", DC = "::", PA = ".*",
    Xand = "\\cwand ", Xor = "\\cwor ", Xnot = "\\cwnot ", this = "\\cwid{this}",
}
local STRING = {                    -- what a backslash means inside a string
    ["\\"] = "\\textbackslash{}", ["^"] = "\\textasciicircum{}", ["~"] = "\\textasciitilde{}",
    [" "] = "\\cwblank{}", ["'"] = "\\textquotesingle{}",
}

local function typewriter(s)
    s = s:gsub("\\(.)", function(c) return STRING[c] or "\\" .. c end)
    return (s:gsub("'", "\\textquotesingle{}"):gsub("%-%-", "-{}-"):gsub("<<", "<{}<"):gsub(">>", ">{}>")
             :gsub("`", "\\textasciigrave{}"):gsub('"', "\\textquotedbl{}"))
end

local function underscores(s)       -- a comment may say hard_sigmoid without further ado
    local out, math, i = {}, false, 1
    while i <= #s do
        local c = s:sub(i, i)
        if c == "\\" then c = s:sub(i, i + 1)
        elseif c == "$" then math = not math end
        out[#out + 1] = c == "_" and not math and "\\_" or c
        i = i + #c
    end
    return table.concat(out)
end

local function number(s)            -- back to the way it was written
    return (s:gsub("\\%$", ""):gsub("\\%^", "0x"):gsub("\\~", "0"):gsub("\\\\", "0b"):gsub("\\_", "e"):gsub("\\ ", "'"))
end

local function links(list)          -- "3\*\ETs[5]" -> \gpnumber{3}, ...
    list = list:gsub("\\ETs?", ","):gsub("\\%*", "")
    local out = {}
    for n in list:gmatch("%d+") do out[#out + 1] = "\\gpnumber{" .. n .. "}" end
    return table.concat(out, ", ")
end

local function section_name(s, i)   -- s[i] follows \X; returns numbers, name, and the position after the closing \X
    local j, depth = i, 0
    while true do
        local c = s:sub(j, j)
        assert(c ~= "", "a section name that does not close")
        if c == "\\" then
            if depth == 0 and s:find("^\\X[^%a]", j) or depth == 0 and j + 1 == #s and s:sub(j) == "\\X" then break end
            j = j + 1
        elseif c == "{" then depth = depth + 1
        elseif c == "}" then depth = depth - 1
        end
        j = j + 1
    end
    local numbers, name = s:sub(i, j - 1):match("^([^:]*):(.*)$")
    return numbers, name, j + 2
end

local function named(numbers, name, kind)
    local first = numbers:match("%d+")
    local file = name:match("^\\%.{(.-)%s*}$")
    if file then return ("\\%s{%s}{\\cwfile{%s}}"):format(kind, first, typewriter(file)) end
    return ("\\%s{%s}{%s}"):format(kind, first, prose(name))
end

function code(s, inline)
    s = s:gsub("%%\n(.)", function(c) return (c == "\\" and "" or "{}") .. c end)
    local out, i, math, depth = {}, 1, false, 0
    local waiting = ""              -- comments for the next line
    local word_before = false       -- two words need a blank between them; CWEAVE forgets some
    local function put(x) out[#out + 1] = x; word_before = false end
    local function fresh()          -- at the beginning of a line
        local last = out[#out]
        return not last or last:find("^\\cw[dc][eo]%a+ed{") or last == "\\cwline " or last == "\\cwgap "
    end
    local function put_word(x)
        if word_before or x:find("{\\_\\_attribute", 1, true) then put(math and "\\ " or "~") end
        put(x)
        word_before = true
    end
    while i <= #s do
        local c = s:sub(i, i)
        if c == "$" then
            math = not math
            out[#out + 1] = c
            i = i + 1
        elseif c:find("%s") and not math then       -- a line breaks where CWEAVE says, not at every blank
            i = s:find("%S", i) or #s + 1
            if #out > 0 and not out[#out]:find(" $") and not out[#out]:find("^\\cw[dc][eo]%a+ed{") and i <= #s then put("~") end
        elseif c ~= "\\" then
            if c == "(" or c == "[" then depth = depth + 1 elseif c == ")" or c == "]" then depth = depth - 1 end
            put(c)
            if c == "," and math and inline then put("\\cwcomma ") end
            i = i + 1
        else
            local word = s:match("^%a+", i + 1)
            local symbol = s:sub(i + 1, i + 1)
            local arg
            i = i + 1 + (word and #word or 1)
            if word == "C" or word == "SHC" then
                arg, i = group(s, i)
                arg = underscores(arg:gsub("^%s+", ""):gsub("%s+$", ""))
                local marked = arg:match("^\\gpabove%s+(.*)$")
                if not marked then put("\\cwcomment{" .. prose(arg) .. "}")
                elseif fresh() then put("\\cwabove{" .. prose(marked) .. "}")
                else waiting = waiting .. "\\cwabove{" .. prose(marked) .. "}\\cwline " end
            elseif word == "X" then
                local numbers, name
                numbers, name, i = section_name(s, i)
                local more = s:match("^%${}\\mathrel%+%%?\n?\\E{}%$%s*", i)
                local first = s:match("^%${}%%?\n?\\E{}%$%s*", i)
                if more or first then
                    i = i + #(more or first)
                    if s:sub(i, i + 1) == "\\6" then i = i + 2 end
                    if out[#out] == "\\cwback " then out[#out] = "" end
                    put(named(numbers, name, more and "cwcontinued" or "cwdefined"))
                else
                    put(named(numbers, name, "cwsection"))
                end
            elseif word == "T" then
                arg, i = group(s, i)
                put_word("\\cwnumber{" .. number(arg) .. "}")
            elseif word == "p" then
                arg, i = group(s, i)
                put("\\cwnumber{p" .. arg .. "}")
            elseif word == "MRL" then
                arg, i = group(s, i)
                put("\\cwcompound{" .. code(arg) .. "}")
            elseif word == "vb" then
                arg, i = group(s, i)
                put((arg:find("^\\#") and "\\cwdirective{" or "\\cwverbatim{") .. typewriter(arg) .. "}")
            elseif word == "PB" then
                arg, i = group(s, i)
                put("\\cwpb{" .. code(arg) .. "}")
            elseif word == "hbox" and s:find("^{\\gpline", i) then
                arg, i = group(s, i)
                local set = "\\cwid{" .. typewriter((arg:match("^\\gpline{(.*)}$"):gsub("_", "\\_"):gsub(" ", "\\ "))) .. "}\\cwline "
                put(fresh() and set or "\\cwline " .. set)
            elseif word then
                put(WORD[word] or "\\" .. word)
                if word == "V" or word == "W" then put(("\\cwoption{%d}"):format(60 + 250 * math_max(depth - 1, 0))) end
            elseif symbol == "3" then       -- \39: one digit follows
                local digit = s:match("^%d", i)
                if digit then i = i + 1 else digit, i = group(s, i) end
                put(("\\cwoption{%d}"):format(10 * digit + 250 * math_max(depth - 1, 0)))   -- rather between arguments than within one
            elseif symbol == "\\" or symbol == "|" or symbol == "&" or symbol == "." then
                if s:sub(i, i) == "{" then arg, i = group(s, i) else arg, i = s:sub(i, i), i + 1 end
                if symbol == "." then
                    local kind = (out[#out] == "\\cwbreak " or arg:match('^L?["\'<]')) and "cwstring" or "cwcapital"
                    local set = "\\" .. kind .. "{" .. typewriter(arg) .. "}"
                    if out[#out] == "\\cwbreak " then put(set) else put_word(set) end
                else
                    put_word((symbol == "&" and "\\cwword{" or symbol == "|" and "\\cwletter{" or "\\cwid{") .. arg .. "}")
                end
            else
                put(SYMBOL[symbol] or "\\" .. symbol)
                if symbol == "6" or symbol == "7" then depth = 0
                elseif symbol == "{" then depth = depth + 1 elseif symbol == "}" then depth = depth - 1 end
                if (symbol == "6" or symbol == "7") and waiting ~= "" then put(waiting); waiting = "" end
                if symbol == "5" and s:find("^%s*%${}\\{", i) then out[#out] = "~" end   -- the brace after a condition
            end
        end
    end
    if waiting ~= "" then put("\\cwline " .. waiting:gsub("\\cwline $", "")) end
    return (table.concat(out):gsub("%$\\#%$~", "\\#"):gsub("~~+", "~"):gsub("~([,;])", "%1"))
end

function prose(s)                   -- only \PB{...} is CWEAVE's
    local out, i = {}, 1
    while true do
        local j = s:find("\\PB{", i, true)
        if not j then break end
        out[#out + 1] = s:sub(i, j - 1)
        local arg
        arg, i = group(s, j + 3)
        out[#out + 1] = "\\cwpb{" .. code(arg, true) .. "}"
    end
    out[#out + 1] = s:sub(i)
    return table.concat(out)
end

local function find_code(s)         -- where the program text of a section begins: \B or \Y\B outside of groups
    local depth, i = 0, 1
    while i <= #s do
        local c = s:sub(i, i)
        if c == "\\" then
            if depth == 0 and s:find("^\\B[^%a]", i) then return i, i end
            if depth == 0 and s:find("^\\Y\\B[^%a]", i) then return i, i + 2 end
            i = i + 1
        elseif c == "{" then depth = depth + 1
        elseif c == "}" then depth = depth - 1
        end
        i = i + 1
    end
end

local function keep(program)        -- no line of program stands alone on a page, and a short piece is not torn
    local count, n = select(2, program:gsub("\\cwline ", "")) + select(2, program:gsub("\\cwgap ", "")), 0
    return (program:gsub("\\cw(%a+) ", function(kind)
        if kind ~= "line" and kind ~= "gap" then return end
        n = n + 1
        if count < 5 or n < 2 or n > count - 2 then return "\\cw" .. kind .. "kept " end
    end))
end

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
        local before, note, list = body:match("^(.*)\\([AUQ])s?([%d%s,%*%[%]\\ETs~%%]*)%.%s*$")
        if not before or not (before:find("\\par%s*$") or before:find("%.%s*$") or before:find("\n$")) then break end
        table.insert(notes, 1, NOTE[note] .. "{" .. links(list) .. "}")
        body = before
    end
    local from, to = find_code(body)
    local text = from and body:sub(1, from - 1) or body
    text = text:gsub("^%s+", ""):gsub("%s+$", "")
    local labels = ""
    while text:find("^\\label{") do
        local l, rest = text:match("^(\\label{[^}]*})%%?%s*(.*)$")
        labels, text = labels .. l, rest
    end
    local floats, rest = "", text  -- a figure that opens the section goes behind its first paragraph, where the number is
    while rest:find("^\\plot{") or rest:find("^\\outtable{") do
        local _, after = group(rest, rest:find("{", 1, true))
        _, after = group(rest, after)
        floats, rest = floats .. "\n\n" .. rest:sub(1, after - 1), rest:sub(after):gsub("^%s+", "")
    end
    if floats ~= "" and rest ~= "" and not rest:find("^\\") then
        local gap = rest:find("\n[ \t]*\n") or #rest + 1
        text = rest:sub(1, gap - 1) .. floats .. rest:sub(gap)
    end
    local out = {}
    if depth == "0" then out[1] = ("\\gpchapter{%s}{%s}{%s}"):format(n, title, labels)
    elseif depth then out[1] = ("\\gpsection{%s}{%s}{%s}{%s}"):format(depth, n, title, labels)
    elseif text == "" or text:find("^\\cell{") or text:find("^\\begin{exercise}") then out[1] = ("\\gpcodesection{%s}{%s}"):format(n, labels)
    elseif text:find("^\\begin{") or text:find("^\\plot{") or text:find("^\\outtable{") then
        out[1] = ("\\gpbaresection{%s}{%s}"):format(n, labels)
    else out[1] = ("\\gpplainsection{%s}{%s}%%"):format(n, labels) end
    if text ~= "" then out[#out + 1] = prose(text) end
    if from then
        local program = code(body:sub(to)):gsub("^\\cwblock ", ""):gsub("%s*\\par%s*$", ""):gsub("\\cwskip \\cwblock ", "\\cwblock ")
        out[#out + 1] = "\\begin{gpcode}%\n" .. keep(program) .. "\\end{gpcode}"
    end
    if #notes > 0 then out[#out + 1] = "\\gpnotes{" .. table.concat(notes) .. "}" end
    return table.concat(out, "\n")
end

local function weave(name, from, to)
    local s = read(from)
    s = s:gsub("^%s*\\input cwebmac%s*", ""):gsub(SUFFIX, "")
    local cut                       -- the closing section, "Index.", is the press's own
    for at in s:gmatch("()\n\\N{%d+}{[^}]*}Index%.") do cut = at end
    if not cut then
        io.stderr:write("chapters/" .. name .. ".w: the last section is not `@* Index.'\n")
        os.exit(1)
    end
    s = "\n" .. s:sub(1, cut) .. "\n\\M{"
    local _, number = chapters()
    local out = { ("\\gpbegin{%s}{%s}"):format(name, number[name] or "0") }
    local i = s:find("\n\\[MN]{")
    while true do
        local j = s:find("\n\\[MN]{", i + 1)
        if not j then break end
        out[#out + 1] = section(s:sub(i + 1, j - 1))
        i = j
    end
    write(to, table.concat(out, "\n\n") .. "\n\\gpend\n")
end

-- ------------------------------------------------------------ index and names
local function plain(s)             -- an entry's letters, to sort by
    return (s:gsub("\\[%a]+", ""):gsub("\\[|&.\\]", ""):gsub("[\\{}$~]", ""))
end

local function entries(path, mark)  -- the \I entries of an .idx or .scn file
    local s = "\n" .. (read(path, true) or ""):gsub("%%\n", ""):gsub(SUFFIX, "") .. "\n\\I"
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
    local _, number = chapters()
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
    write(to, table.concat(out, "\n") .. "\n")
end

local function names(to, list)
    local _, number = chapters()
    local out = {}
    for _, name in ipairs(list) do
        local here = {}
        for _, e in ipairs(entries("build/press/woven/" .. name .. ".scn")) do
            local i = e:find("\\X", 1, true)
            local numbers, title, after = section_name(e .. " ", i + 2)
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
    write(to, table.concat(out, "\n") .. "\n")
end

-- ------------------------------------------------------------ results of the programs
local function escape(s)            -- plain text, or math between dollars
    local out, math = {}, false
    for piece, dollar in (s .. "$"):gmatch("([^$]*)(%$?)") do
        if not math then
            piece = piece:gsub("\\", "\\textbackslash "):gsub("([%%#&_{}])", "\\%1"):gsub("%^", "\\textasciicircum{}"):gsub("~", "\\textasciitilde{}")
        end
        out[#out + 1] = math and "$" .. piece .. "$" or piece
        math = not math
    end
    return table.concat(out)
end

local function quantity(s)          -- numbers as numbers are set: a real minus sign, a power of ten
    local sign, mantissa, exponent = s:match("^([-+]?)(%d+%.?%d*)[eE]([-+]?%d+)$")
    if mantissa then
        if sign == "+" then sign = "" end
        return ("$%s%s\\cdot10^{%d}$"):format(sign, mantissa, tonumber(exponent)), true
    end
    if s:find("^[-+]?%d*%.?%d+%%?$") then return "$" .. s:gsub("%%", "\\%%") .. "$", true end
    if s == "nan" or s == "inf" or s == "-inf" or s == "-" or s == "" then return s == "-inf" and "$-\\infty$" or s == "inf" and "$\\infty$" or s == "-" and "--" or s, true end
    return escape(s), false
end

local function strip(s) return (s:gsub("^%s+", ""):gsub("%s+$", "")) end

local function tabular(s)
    local rows = {}
    for line in s:gmatch("[^\r\n]+") do
        if not line:find("^#") or #rows == 0 then
            local row = {}
            for cell in (line:gsub("^# ?", "") .. "\t"):gmatch("([^\t]*)\t") do row[#row + 1] = strip(cell) end
            rows[#rows + 1] = row
        end
    end
    if #rows == 0 then return nil end
    local numeric = {}
    for c = 1, #rows[1] do numeric[c] = #rows > 1 end
    for r = 2, #rows do
        for c = 1, #rows[1] do
            local set, is_number = quantity(rows[r][c] or "")
            rows[r][c] = set
            if not is_number and not set:find("^%$") then numeric[c] = false end
        end
    end
    -- Columns of text too long for the page and its margin are set as paragraphs, the widths in proportion to the text.
    local length, sum = {}, 0
    for c = 1, #rows[1] do
        length[c] = 0
        for r = 1, #rows do length[c] = math.max(length[c], #(rows[r][c] or "")) end
        sum = sum + length[c]
    end
    local paragraphs, share = sum > 80, 0
    for c = 1, #rows[1] do
        length[c] = math.min(math.max(length[c], 20), 36)
        share = share + length[c]
    end
    local out = { "\\begin{tabular}{@{}" }
    for c = 1, #rows[1] do
        out[1] = out[1] .. (paragraphs and (">{\\raggedright\\arraybackslash}p{%.1fmm}"):format(142 * length[c] / share)
            or numeric[c] and "r" or "l")
    end
    out[1] = out[1] .. "@{}}\\toprule"
    for r, row in ipairs(rows) do
        local cells = {}
        for c = 1, #rows[1] do
            cells[c] = r == 1 and "\\gphead{" .. escape(row[c]) .. "}" or row[c]
        end
        out[#out + 1] = table.concat(cells, " & ") .. " \\\\" .. (r == 1 and "\\midrule" or paragraphs and r < #rows and "\\addlinespace[2pt]" or "")
    end
    out[#out + 1] = "\\bottomrule\\end{tabular}"
    return table.concat(out, "\n")
end

local function used(name)           -- what a chapter asks for: kind -> name -> true
    local s = read("chapters/" .. name .. ".w")
    local u = { cell = {}, val = {}, plot = {}, outtable = {} }
    for kind, what in s:gmatch("\\(%a+){([%w%-_]+)}") do
        if u[kind] then u[kind][what] = true end
    end
    return u
end

local function sorted(t)
    local list = {}
    for k in pairs(t) do list[#list + 1] = k end
    table.sort(list)
    return list
end

local function results(name, to)
    local u, out = used(name), {}
    if read("chapters/" .. name .. ".w"):find("\\cite[pt]") then out[1] = "\\global\\gpcitestrue" end
    for _, what in ipairs(sorted(u.val)) do
        for line in (read("build/outputs/" .. what .. ".val", true) or ""):gmatch("[^\r\n]+") do
            local key, text = line:match("^([^\t]+)\t(.*)$")
            if key then
                out[#out + 1] = ("\\gpsetval{%s}{%s}{%s}"):format(what, key, (quantity(strip(text))))
            end
        end
    end
    for _, what in ipairs(sorted(u.outtable)) do
        local s = read("build/outputs/" .. what .. ".tsv", true)
        local set = s and tabular(s)
        if set then out[#out + 1] = ("\\gpsettable{%s}{%%\n%s}"):format(what, set) end
    end
    write(to, table.concat(out, "\n") .. "\n")
end

-- ------------------------------------------------------------ figures
-- The text in a figure is plain, with gnuplot's ^{...} and _{...}, so that the same script serves the web. For LaTeX
-- it becomes LaTeX here.
local function figure(path)
    if path:find("%.svg$") then     -- a tick such as 1e-06
        return write(path, (read(path):gsub(">%s*(-?[%d.]*)e([-+]%d+)</tspan>", function(mantissa, exponent)
            return (">%s10<tspan dy='-0.45em' font-size='75%%'>%d</tspan></tspan>"):format(
                mantissa == "1" and "" or mantissa == "-1" and "-" or mantissa .. "·", tonumber(exponent))
        end)))
    end
    local function set(text)
        if text:find("%$") then return text end
        local mantissa, exponent = text:match("^(-?[%d.]+)e([-+]%d+)$")
        if mantissa then
            return ("$%s10^{%d}$"):format(mantissa == "1" and "" or mantissa == "-1" and "-" or mantissa .. "\\cdot ", tonumber(exponent))
        end
        if text:find("^-[%d.]+$") then return "$" .. text .. "$" end
        text = text:gsub("([%%#&])", "\\%1"):gsub("\\\\([%%#&])", "\\%1")
        return (text:gsub("([%^_])(%b{})", function(c, b) return "$" .. c .. b .. "$" end)
                    :gsub("([%^_])(%w)", function(c, b) return "$" .. c .. "{" .. b .. "}$" end))
    end
    local out = {}
    for line in read(path):gmatch("([^\n]*)\n") do
        local before, text, after = line:match("^(.*\\strut{})(.*)(}}%%)$")
        if before and before:find("\\rotatebox") then before, text, after = line:match("^(.*\\strut{})(.*)(}}}%%)$") end
        out[#out + 1] = before and before .. set(text) .. after or line
    end
    write(path, table.concat(out, "\n") .. "\n")
end

-- ------------------------------------------------------------ for make
local function uses()
    local list = chapters()
    local producer, outputs, figures = {}, {}, {}
    for _, name in ipairs(list) do
        for demo in read("chapters/" .. name .. ".w"):gmatch("\n[@ ]*@%(tangled/experiments/([%w%-_]+)%.c@>") do producer[demo] = true end
    end
    for file in io.popen("ls book/cells 2>/dev/null"):lines() do
        local cell = file:match("^(.+)%.sh$")
        if cell then producer[cell] = true end
    end
    local function made_by(what)    -- NAME, or the longest NAME of which it is NAME-part
        local name = what
        while name do
            if producer[name] then return name end
            name = name:match("^(.*)[-_][^-_]*$")
        end
    end
    local function need(what, needs)    -- by its name; or else everything of the chapter whose program writes it
        local p = made_by(what)
        if p then needs["build/outputs/" .. p .. ".txt"] = true end
        if p then return end
        for _, name in ipairs(list) do
            local s = read("chapters/" .. name .. ".w")
            if s:find('"' .. what .. ".", 1, true) then
                for demo in s:gmatch("\n[@ ]*@%(tangled/experiments/([%w%-_]+)%.c@>") do needs["build/outputs/" .. demo .. ".txt"] = true end
            end
        end
    end
    local out = {}
    local function line(...) out[#out + 1] = string.format(...) end
    for _, name in ipairs(list) do
        local u = used(name)
        local needs = {}
        for _, kind in ipairs { "cell", "val", "outtable" } do
            for what in pairs(u[kind]) do
                need(what, needs)
            end
        end
        local pictures = {}
        for what in pairs(u.plot) do
            if lfs.attributes("book/plots/" .. what .. ".gp") then
                figures[what] = true
                pictures["build/figures/" .. what .. ".pdf"] = true
            end
        end
        line("RESULTS_%s := %s", name, table.concat(sorted(needs), " "))
        line("FIGURES_%s := %s", name, table.concat(sorted(pictures), " "))
    end
    for _, what in ipairs(sorted(figures)) do
        local needs = {}
        for data in read("book/plots/" .. what .. ".gp"):gmatch("([%w%-_]+)%.tsv") do
            need(data, needs)
        end
        line("build/figures/.%s.pdf.drawn build/figures/.%s.svg.drawn: %s", what, what, table.concat(sorted(needs), " "))
    end
    for p in pairs(producer) do outputs[p] = true end
    line("OUTPUTS := %s", table.concat(sorted(outputs), " "))
    line("FIGURES := %s", table.concat(sorted(figures), " "))
    print(table.concat(out, "\n"))
end

local function labels(to)           -- \gpelsewhere{label}{{number}{page}{title}{anchor}{file}}
    local out = {}
    for _, name in ipairs((chapters())) do
        for label, rest in (read("build/press/chapter/" .. name .. ".aux", true) or ""):gmatch("\\newlabel{([^}]*)}(%b{})") do
            if not label:find("@") then
                local number, page, i, anchor
                number, i = group(rest, 2)
                page, i = group(rest, i)
                _, i = group(rest, i)
                anchor = i <= #rest and rest:sub(i, i) == "{" and group(rest, i) or ""
                out[#out + 1] = ("\\gpelsewhere{%s}{%s}{{%s}{%s}{}{%s}{%s.pdf}}"):format(name, label, number, page, anchor, name)
            end
        end
    end
    write(to, table.concat(out, "\n") .. "\n")
end

local command = arg[1]
if command == "source" then source(arg[2], arg[3])
elseif command == "weave" then weave(arg[2], arg[3], arg[4])
elseif command == "index" then index(arg[2], { table.unpack(arg, 3) })
elseif command == "names" then names(arg[2], { table.unpack(arg, 3) })
elseif command == "results" then results(arg[2], arg[3])
elseif command == "figure" then figure(arg[2])
elseif command == "labels" then labels(arg[2])
elseif command == "uses" then uses()
elseif command == "list" then
    local list, number = chapters()
    for _, name in ipairs(list) do
        local main = number[name]:find("%d")
        if arg[2] == "book" then
            if not main and (number[name] == "A") then print("\\gpappendices") end
            print("\\include{" .. name .. "}")
        else print(number[name] .. " " .. name) end
    end
else
    io.stderr:write("press.lua: expected source, weave, index, names, results, figure, labels, uses or list\n")
    os.exit(2)
end
