-- TeX as plain text, for comments in installed headers and for pages of the manual.
local cweb = require "cweb"
local text = require "texts"

local SYMBOL = { le = "<=", leq = "<=", ge = ">=", geq = ">=", ne = "!=", neq = "!=", approx = "~", sim = "~", cdot = "*", times = "x", infty = "infinity",
    pm = "+-", to = "->", mapsto = "->", ll = "<<", gg = ">>", ldots = "...", dots = "...", cdots = "...", quad = " ", qquad = " ", left = "", right = "",
    fanin = "fan_in", fanout = "fan_out", Var = "Var", Expect = "E", TeX = "TeX", LaTeX = "LaTeX", ["in"] = "in", leftarrow = "<-", rightarrow = "->", lvert = "|", rvert = "|", lVert = "|", rVert = "|",
    S = "section", noindent = "", small = "", textstyle = "", displaystyle = "", limits = "", prime = "'", top = "T", circ = "o" }
local UNWRAPPED = { mathrm = true, mathbf = true, mathcal = true, operatorname = true, text = true, texttt = true, textbf = true, textit = true, emph = true,
    hbox = true, mbox = true, hat = true, tilde = true, bar = true, mathit = true, transpose = true }

local plain

local function macro(s, i, reference)   -- a control word at i: what it says, and the position after it
    local word, after = s:match("^(%a+)%s*()", i + 1)
    if not word then
        local c = s:sub(i + 1, i + 1)
        return (c == "," or c == "!" or c == "/" or c == ";" or c == ":") and "" or c == "\\" and " " or c, i + 2
    end
    local function argument()
        local inner, past = cweb.group(s, after)
        if inner then after = past return inner end
    end
    if word == "ref" or word == "eqref" then return reference(argument() or ""), after end
    if word:find("^cite") then
        local keys = s:match("^%b[]%b[]()", after) or s:match("^%b[]()", after) or after
        after = keys
        return "[" .. (argument() or "") .. "]", after
    end
    if word == "label" or word == "claim" or word == "index" then argument() return "", after end
    if word == "frac" or word == "tfrac" or word == "dfrac" then
        local a, b = argument() or "", argument() or ""
        local function side(x) x = plain(x, reference) return x:find("^[%w_.]+$") and x or "(" .. x .. ")" end
        return side(a) .. "/" .. side(b), after
    end
    if word == "sqrt" then return "sqrt(" .. plain(argument() or "", reference) .. ")", after end
    if word == "norm" or word == "abs" then return "|" .. plain(argument() or "", reference) .. "|", after end
    if UNWRAPPED[word] then
        local inner = argument()
        return plain(inner or "", reference) .. (word == "transpose" and "^T" or ""), after
    end
    local said = SYMBOL[word] or word
    if said == "" then return "", after end
    -- words stand apart from their neighbours
    return (s:find("^[%w)}]", i - 1) and i > 1 and " " or "") .. said .. (s:find("^[%w(\\]", after) and " " or ""), after
end

-- reference(label) says what a \ref means
function plain(s, reference)
    reference = reference or function(label) return label end
    local out, i = {}, 1
    while i <= #s do
        local c = s:sub(i, i)
        if c == "|" then
            local code, after = cweb.bars(s, i)
            out[#out + 1] = code and code:gsub("@<(.-)@>", "<%1>"):gsub("@@", "@") or "|"
            i = after or i + 1
        elseif c == "\\" then
            local said
            said, i = macro(s, i, reference)
            out[#out + 1] = said
        else
            out[#out + 1] = (c == "$" or c == "{" or c == "}") and "" or c == "~" and " " or c
            i = i + 1
        end
    end
    return (table.concat(out):gsub("``", '"'):gsub("''", '"'):gsub("%-%-%-", "--"):gsub("@@", "@"))
end

return plain
