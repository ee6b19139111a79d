-- The reader of CWEB: the one program here that knows what a .w file looks like.
--
--   cweb.read(path)          a chapter taken apart as CTANGLE and CWEAVE do: sections, their prose, definitions, program
--   cweb.tokens(c, f)        program text, token by token
--   cweb.declarations: see declarations.lua;  the prose of a section: prose.lua;  the book as a whole: book.lua
--
-- A complaint names the file and the line.
local lpeg = lpeg or require "lpeg"
local text = require "texts"
local P, R, S, C, Cc, Cp, Ct = lpeg.P, lpeg.R, lpeg.S, lpeg.C, lpeg.Cc, lpeg.Cp, lpeg.Ct

local cweb = {}

-- ------------------------------------------------------------ grammar
local close = P "@>"
local upto = (P "@@" + (1 - P "@")) ^ 0             -- what a control text may hold
local blank = S " \t\r\n\f\v"
local letter = R("az", "AZ") + "_"
local digit = R "09"

local control_text = P "@" * S "<(^.:=tTqQ" * upto * close
local pair = P "@" * 1                              -- any other control code, and @@
local escape = P "\\" * 1
local bar = P "|" * (1 - P "|") ^ 0 * "|"           -- |code| in prose
local comment = P "%" * (1 - P "\n") ^ 0            -- TeX's
local braces = P { "{" * (escape + lpeg.V(1) + (1 - S "{}")) ^ 0 * "}" }

-- Sections begin at `@ ' and `@*' wherever no control text is open.
local start = P "@" * (blank + "*")
local body = (control_text + pair - start + (1 - P "@")) ^ 0
local split = Ct(body * (Cp() * start * body) ^ 0)

-- `@*' with its depth; the title ends at its first full stop, or behind a question.
local question = S "?!" * #(blank + "\\label")
local in_title = escape + bar + braces + (1 - (P "." + question))
local starred = P "@*" * C(P "*" + digit ^ 0) * blank ^ 0 * (C(in_title ^ 0 * question) + C(in_title ^ 0) * ".") * Cp()

-- Prose ends where definitions or program begin.
local opens_program = P "@" * S "dDfFsScCpP<("
local prose = (escape + comment + bar + (control_text + pair - opens_program) + (1 - S "\\%|@") + (S "\\%|")) ^ 0 * Cp()
local definition = P "@" * S "dDfFsS"
local in_definition = (pair - (definition + "@<" + "@(") + (1 - P "@")) ^ 0
local define = P "@" * S "dD" * C(in_definition) * Cp()
local format = P "@" * S "fFsS" * blank ^ 1 * C(letter * (letter + digit) ^ 0) * in_definition * Cp()
local program = P "@" * C(S "<(") * C(upto) * close * blank ^ 0 * C(P "+" ^ -1) * "=" * Cp()

local opens_text = P "@" * S "<(^.:=tTqQ"
local closed = (control_text + (pair - opens_text) + (1 - P "@")) ^ 0 * Cp()

local included = P "@i" * S " \t" ^ 1 * C((R("az", "AZ", "09") + S "-_.") ^ 1)
local formatted = P "@s" * S " \t" ^ 1 * C(letter * (letter + digit) ^ 0)
local function every(p) return Ct((p + 1) ^ 0) end
local every_include, every_format = every(included), every(formatted)

-- ------------------------------------------------------------ positions
function cweb.lines_before(s, i) return select(2, s:sub(1, i - 1):gsub("\n", "")) end

local function line_counter(s)      -- the line of a position; asked in ascending order
    local line, at = 1, 1
    return function(i)
        local _, n = s:sub(at, i - 1):gsub("\n", "")
        line, at = line + n, i
        return line
    end
end

-- ------------------------------------------------------------ a chapter
-- A section: { n, line, last (its last line), depth or nil, title, text, text_line, defines, defines_line,
--   name, file (true when the name is a file's), program, program_line, program_from (its place in the chapter's text) }
local function section(chapter, n, from, to, line)
    local s, path = chapter.text, chapter.path
    local here = { n = n, line = line, chapter = chapter, from = from, to = to }
    local whole = s:sub(from, to)
    local function line_at(i) return line + cweb.lines_before(whole, i) end
    local function complain(i, ...) text.complain(path, line_at(i), ...) end
    local at = closed:match(whole)
    if at <= #whole then complain(at, "%s does not close: there is no @> behind it", whole:match("^[^\n]*", at):sub(1, 40)) end
    at = 2
    if whole:sub(2, 2) == "*" then
        local depth, title, past = starred:match(whole)
        if not depth then
            complain(1, "a title ends with a full stop; none was found")
            depth, title, past = "", "", 3
        end
        here.depth = depth == "*" and 0 or depth == "" and 1 or tonumber(depth) + 1
        here.title, at = text.squeeze(title), past
    end
    local past = prose:match(whole, at)
    here.text, here.text_line = whole:sub(at, past - 1), line_at(at)
    at = past
    while at <= #whole do
        local value, after = define:match(whole, at)
        if value then
            here.defines = (here.defines or "") .. "#define " .. text.strip(value) .. "\n"
            here.defines_line = here.defines_line or line_at(at)
        else
            value, after = format:match(whole, at)
            if value then chapter.types[value] = true end
        end
        if not after then break end
        at = after
    end
    if at > #whole then return here end
    local kind, name, _, after = program:match(whole, at)
    if not kind then
        local c = whole:sub(at + 1, at + 1)
        if c:find("[cCpP]") then complain(at, "unnamed program text: every piece has a name here")
        elseif c == "<" or c == "(" then if whole:find("@>", at, true) then complain(at, "a section's name in the prose stands between bars, or begins a piece of program with =") end
        else complain(at, "@%s: not understood here", c) end
        return here
    end
    here.name, here.file = text.squeeze(name), kind == "("
    here.name_line = line_at(at)
    here.program, here.program_line, here.program_from = whole:sub(after), line_at(after), from + after - 1
    return here
end

function cweb.parse(path, s)
    s = s:gsub("\r\n", "\n") .. "\n"
    local chapter = { path = path, name = path:match("([^/]+)%.w$") or path, text = s, sections = {}, types = {} }
    local starts = split:match(s)
    local limbo = s:sub(1, (starts[1] or #s + 1) - 1)
    for _, file in ipairs(every_include:match(limbo)) do
        local found = text.read((path:match("^.*/") or "") .. file)
        if found then limbo = limbo .. "\n" .. found else text.complain(path, 1, "@i %s: there is no such file", file) end
    end
    for _, word in ipairs(every_format:match(limbo)) do chapter.types[word] = true end
    local line_of = line_counter(s)
    for n, at in ipairs(starts) do
        local here = section(chapter, n, at, (starts[n + 1] or #s + 1) - 1, line_of(at))
        chapter.sections[n] = here
        if n > 1 then chapter.sections[n - 1].last = here.line - 1 end
    end
    local last = chapter.sections[#chapter.sections]
    if last then last.last = line_of(#s) - 1 end
    if last and last.title == "Index" then chapter.sections[#chapter.sections] = nil
    else text.complain(path, last and last.line or 1, "the last section is not `@* Index.'") end
    return chapter
end

function cweb.read(path)
    local s = text.read(path)
    if s then return cweb.parse(path, s) end
    text.complain(path, 1, "cannot be read")
    text.stop_on_complaints()
end

-- ------------------------------------------------------------ program text
-- f(kind, text, position) for every token. Kinds: comment string char directive header number word space newline
-- name (a section's) tex (@t) verbatim (@=) entry (of the index) control other.
local function tag(kind, p) return Cc(kind) * C(p) * Cp() end
local function coded(kind, mark) return P("@" .. mark) * Cc(kind) * C(upto) * (close + -P(1)) * Cp() end
local stringish = function(q) return P(q) * (P "\\" * 1 + (1 - S("\n" .. q))) ^ 0 * P(q) ^ -1 end
local word = letter * (letter + digit) ^ 0
local number = P "." ^ -1 * digit * (S "eEpP" * S "+-" * #digit + letter + digit + ".") ^ 0
local token = tag("newline", "\n")
    + tag("space", (blank - "\n") ^ 1)
    + tag("word", word)
    + tag("number", number)
    + tag("comment", "/*" * (1 - P "*/") ^ 0 * P "*/" ^ -1 + "//" * (1 - P "\n") ^ 0)
    + tag("string", stringish '"') + tag("char", stringish "'")
    + coded("name", "<") + coded("tex", "t") + coded("verbatim", "=")
    + P "@" * Cc "entry" * C(S "^.:" * upto) * (close + -P(1)) * Cp()
    + P "@q" * Cc "control" * Cc "q" * upto * (close + -P(1)) * Cp()
    + P "@" * Cc "other" * C "@" * Cp()
    + P "@" * Cc "control" * C(P(1) ^ -1) * Cp()
    + tag("other", 1)
local directive = tag("directive", "#" * S " \t" ^ 0 * R("az", "AZ") ^ 0)
local header = tag("header", "<" * (1 - S ">\n") ^ 0 * ">")

function cweb.tokens(s, f)
    local i, fresh, including = 1, true, false
    while i <= #s do
        local c, kind, said, after = s:byte(i), nil, nil, nil
        if fresh and c == 35 then
            kind, said, after = directive:match(s, i)
            including = said:find("include") ~= nil
        elseif including and c == 60 then kind, said, after = header:match(s, i) end
        if not kind then kind, said, after = token:match(s, i) end
        if kind == "string" or kind == "char" then said = said:gsub("@@", "@") end
        f(kind, said, i)
        if kind == "newline" then fresh, including = true, false elseif kind ~= "space" then fresh = false end
        i = after
    end
end

-- the same as a list of { kind, text, position }, made once for a section
function cweb.program_tokens(here)
    if not here.tokens then
        local list = {}
        cweb.tokens(here.program or "", function(kind, said, at) list[#list + 1] = { kind, said, at } end)
        here.tokens = list
    end
    return here.tokens
end

-- ------------------------------------------------------------ pieces of prose
local group = C(braces) * Cp()
function cweb.group(s, i)           -- what stands in the {group} that opens at i, and the position after it
    local inner, after = group:match(s, i)
    if inner then return inner:sub(2, -2), after end
end

local barred = C(bar) * Cp()
function cweb.bars(s, i)            -- what stands between the |bars| that open at i, and the position after them
    local inner, after = barred:match(s, i)
    if inner then return inner:sub(2, -2), after end
end

local coded_text = C(upto) * (close + -P(1)) * Cp()
function cweb.control_text(s, i)    -- the rest of a control text, and the position after its @>
    return coded_text:match(s, i)
end

return cweb
