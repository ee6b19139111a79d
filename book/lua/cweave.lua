-- CWEAVE's language as LaTeX.
--
-- CWEAVE's control sequences have one-letter names that LaTeX gives another meaning to. So program text is not set by
-- redefining them: it is rewritten here, each `\\{x}` into `\cwid{x}`, and prose passes through as it is.
-- book/gradient.sty gives the \cw... commands their look.
local cweave = {}

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
local math_max = math.max          -- `math' is a flag below

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

cweave.group, cweave.code, cweave.prose, cweave.links = group, code, prose, links
cweave.section_name, cweave.find_code, cweave.keep = section_name, find_code, keep
return cweave
