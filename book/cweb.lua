-- A reader of CWEB for pandoc, and the book's map for everything else that reads chapters.
--
--   pandoc -f book/cweb.lua chapters/02-gradient-problem.w     one chapter; links to others go to their pages
--   pandoc -f book/cweb.lua chapters/*.w                       the whole book; links stay inside
--   texlua book/cweb.lua map                                   every label and definition: what a page knows of the others
--   texlua book/cweb.lua lint                                  sections, lines, claims and results of every chapter
--
-- Three parts. The first takes a chapter apart as CTANGLE and CWEAVE do: sections, their prose, definitions and
-- program. The second goes through all chapters of the folder and numbers what LaTeX numbers in the PDF. The third
-- makes pandoc's document. Prose is LaTeX and is read by pandoc itself, all of a chapter at once; what is CWEB's or
-- the book's own in it travels through as words such as GPX17X and is put back afterwards.
--
-- A Markdown file may stand among the chapters. In it, `::: contents', `::: index' and `::: names' are filled in.
-- GP_DRAFT=1 (make web DRAFT=1): results that are missing are marked on the page instead of stopping the build.

local DRAFT = (os.getenv("GP_DRAFT") or "") ~= ""
local LAST_CHAPTER = 14             -- what comes after chapter 14 is an appendix

local failures = {}
local function fail(file, line, ...)
    failures[#failures + 1] = ("%s:%d: %s"):format(file, line, string.format(...))
end
local function stop_on_failure()
    if #failures == 0 then return end
    table.sort(failures)
    io.stderr:write(table.concat(failures, "\n"), "\n")
    os.exit(1)
end

local function read(path)
    local f = io.open(path, "rb")
    if not f then return nil end
    local s = f:read("a")
    f:close()
    return s
end

local function strip(s) return (s:gsub("^%s+", ""):gsub("%s+$", "")) end

-- ------------------------------------------------------------ 1. a chapter, taken apart

-- Line numbers: of a position in a text whose first line has a given number.
local function lines_before(s, i)
    return select(2, s:sub(1, i - 1):gsub("\n", ""))
end

local function close_of(s, i)       -- past the @> that closes the control text opened before i
    local j = s:find("@>", i, true)
    return j and j + 2 or #s + 1, j and j - 1 or #s
end

-- What stands between |bars|: the position after the closing bar. Strings may hold bars.
local function bars(s, i)
    local j = i + 1
    while j <= #s do
        local c = s:sub(j, j)
        if c == "|" then return s:sub(i + 1, j - 1), j + 1
        elseif c == '"' or c == "'" then
            local k = j + 1
            while k <= #s and s:sub(k, k) ~= c and s:sub(k, k) ~= "|" do k = k + (s:sub(k, k) == "\\" and 2 or 1) end
            if s:sub(k, k) == c then j = k end
        end
        j = j + 1
    end
end

local function group(s, i)          -- the balanced {group} that opens at i, and the position after it
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
end

local function title_end(s)         -- a title ends at its first full stop, or behind a question
    local i, depth = 1, 0
    while i <= #s do
        local c = s:sub(i, i)
        if c == "\\" then i = i + 1
        elseif c == "|" then
            local _, after = bars(s, i)
            i = (after or i + 1) - 1
        elseif c == "{" then depth = depth + 1
        elseif c == "}" then depth = depth - 1
        elseif depth == 0 and c == "." then return s:sub(1, i - 1), i + 1
        elseif depth == 0 and (s:find("^[?!]%s", i) or s:find("^[?!]\\label", i)) then return s:sub(1, i), i + 1
        end
        i = i + 1
    end
end

local CONTROL_TEXT = "[<%(^%.:=tq]"

-- A section: { number, line, depth or nil, title, text, text_line, program = { {name, file, line, text} or {define...} } }
local function parse(path)
    local s = read(path)
    if not s then
        fail(path, 1, "cannot be read")
        stop_on_failure()
    end
    s = s:gsub("\r\n", "\n") .. "\n"
    local starts, i = {}, 1
    while true do                   -- where the sections begin
        local at = s:find("@", i, true)
        if not at then break end
        local c = s:sub(at + 1, at + 1)
        if c:find("[%s*]") then
            starts[#starts + 1] = at
            i = at + 2
        elseif c:find(CONTROL_TEXT) then i = close_of(s, at + 2)
        else i = at + 2 end
    end
    local chapter = { path = path, name = path:match("([^/]+)%.w$") or path, sections = {}, types = {} }
    local limbo = s:sub(1, (starts[1] or #s + 1) - 1)
    for file in limbo:gmatch("@i%s+([%w%-_%.]+)") do
        local included = read(path:gsub("[^/]+$", "") .. file)
        if included then limbo = limbo .. included else fail(path, 1, "@i %s: there is no such file", file) end
    end
    for word in limbo:gmatch("@s%s+([%w_]+)") do chapter.types[word] = true end
    local line, counted = 1, 1      -- of starts[n], counted up to there
    for n, at in ipairs(starts) do
        line = line + select(2, s:sub(counted, at - 1):gsub("\n", ""))
        counted = at
        local body = s:sub(at, (starts[n + 1] or #s + 1) - 1)
        local section = { number = n, line = line, chapter = chapter, parts = {} }
        local function line_at(k) return line + lines_before(body, k) end
        local from = 2
        if body:sub(2, 2) == "*" then
            local mark, after = body:match("^@%*([%d*]*)()")
            section.depth = mark == "*" and 0 or mark == "" and 1 or tonumber(mark) + 1
            local title, past = title_end(body:sub(after))
            if not title then
                fail(path, line, "a title ends with a full stop; none was found")
                title, past = "", 1
            end
            section.title = strip(title):gsub("%s+", " ")
            from = after + past - 1
        end
        -- the prose ends where definitions or program begin
        local k, parts = from, {}
        while true do
            local a = body:find("[@|%%]", k)
            if not a then break end
            local c = body:sub(a + 1, a + 1)
            if body:sub(a, a) == "%" then
                k = body:sub(a - 1, a - 1) == "\\" and a + 1 or body:find("\n", a, true) or #body + 1
            elseif body:sub(a, a) == "|" then
                local _, after = bars(body, a)
                if not after or body:sub(a - 1, a - 1) == "\\" then after = a + 1 end
                k = after
            elseif c:find("[dDfFsScCpP<%(]") then
                parts[1] = a
                break
            elseif c:find(CONTROL_TEXT) then k = close_of(body, a + 2)
            else k = a + 2 end
        end
        section.text = body:sub(from, (parts[1] or #body + 1) - 1)
        section.text_line = line_at(from)
        k = parts[1]
        while k do                  -- @d, @f, @s; then one piece of program
            local c = body:sub(k + 1, k + 1)
            if c == "<" or c == "(" then
                local after, last = close_of(body, k + 2)
                local mark, past = body:match("^%s*(%+?=)()", after)
                if not mark then
                    fail(path, line_at(k), "a section's name in the prose stands between bars, or begins a piece of program with =")
                    break
                end
                section.name = strip(body:sub(k + 2, last)):gsub("%s+", " ")
                section.file = c == "("
                section.program, section.program_line = body:sub(past), line_at(past)
                k = nil
            elseif c:find("[cCpP]") then
                fail(path, line_at(k), "unnamed program text: every piece has a name here")
                break
            else
                local j = k + 2
                while true do
                    j = body:find("@", j, true)
                    if not j or body:find("^@[dDfFsS<%(]", j) then break end
                    j = j + 2
                end
                if c:lower() == "d" then
                    section.defines = (section.defines or "") .. "#define " .. strip(body:sub(k + 2, (j or #body + 1) - 1)) .. "\n"
                    section.defines_line = section.defines_line or line_at(k)
                elseif c:lower() == "s" or c:lower() == "f" then
                    local word = body:match("^@%a%s+([%w_]+)", k)
                    if word then chapter.types[word] = true end
                end
                k = j
            end
        end
        chapter.sections[n] = section
    end
    local last = chapter.sections[#chapter.sections]
    if last and last.title == "Index" then chapter.sections[#chapter.sections] = nil
    else fail(path, last and last.line or 1, "the last section is not `@* Index.'") end
    return chapter
end

-- C, token by token: f(kind, text, position). Kinds: comment string char directive header number word space newline
-- name (a section's) tex (@t) verbatim (@=) entry (index) control other.
local function tokens(s, f)
    local i, line_start = 1, true
    while i <= #s do
        local c, kind, j, text = s:sub(i, i), "other", i, nil
        if c == "\n" then kind = "newline"
        elseif c:find("%s") then kind, j = "space", s:find("[^%s]", i) or #s + 1
            local nl = s:find("\n", i, true)
            j = (nl and nl < j and nl or j) - 1
        elseif s:find("^/%*", i) then
            kind = "comment"
            local _, e = s:find("*/", i + 2, true)
            j = e or #s
        elseif s:find("^//", i) then kind, j = "comment", (s:find("\n", i, true) or #s + 1) - 1
        elseif c == '"' or c == "'" then
            kind = c == '"' and "string" or "char"
            j = i + 1
            while j <= #s and s:sub(j, j) ~= c and s:sub(j, j) ~= "\n" do j = j + (s:sub(j, j) == "\\" and 2 or 1) end
            text = s:sub(i, j):gsub("@@", "@")
        elseif c == "@" then
            local d = s:sub(i + 1, i + 1)
            j = i + 1
            if d == "<" or d == "t" or d == "=" or d:find("[%^%.:]") or d == "q" then
                local after, last = close_of(s, i + 2)
                j = after - 1
                kind = d == "<" and "name" or d == "t" and "tex" or d == "=" and "verbatim" or "entry"
                text = s:sub(i + 2, last)
                if d == "q" then kind, text = "control", "q" end
                if kind == "entry" then text = d .. text end
            elseif d == "@" then kind, text = "other", "@"
            else kind, text = "control", d end
        elseif c == "#" and line_start then
            kind = "directive"
            j = select(2, s:find("^#%s*%a+", i)) or i
        elseif c:find("%d") or s:find("^%.%d", i) then
            kind = "number"
            j = select(2, s:find("^%.?%d[%w_%.]*", i))
            while s:find("^[eEpP][+-]", j) and s:find("^%d", j + 2) do j = select(2, s:find("^[%w_%.]*", j + 2)) end
        elseif c:find("[%a_]") then
            kind = "word"
            j = select(2, s:find("^[%a_][%w_]*", i))
        elseif c == "<" and s:sub(math.max(1, i - 20), i - 1):find("#%s*include%s*$") then
            kind, j = "header", s:find(">", i, true) or i
        end
        f(kind, text or s:sub(i, j), i)
        if kind == "newline" then line_start = true elseif kind ~= "space" then line_start = false end
        i = j + 1
    end
end

local KEYWORDS = {}
for w in ([[auto break case const continue default do else enum extern for goto if inline register restrict return sizeof
    static struct switch typedef union volatile while _Alignas _Alignof _Atomic _Generic _Noreturn _Static_assert
    _Thread_local _Pragma]]):gmatch("%S+") do KEYWORDS[w] = true end
local TYPES = {}
for w in ([[void char short int long float double signed unsigned bool size_t ptrdiff_t int8_t uint8_t int16_t uint16_t
    int32_t uint32_t int64_t uint64_t FILE gp_real time_t va_list]]):gmatch("%S+") do TYPES[w] = true end

-- What a piece of program at file level declares: f(name, kind, is_definition, is_private)
local function declarations(program, f)
    local chunk, depth = {}, 0
    local in_directive, enum_next = nil, false
    local function find_call(list)  -- the word before the first parenthesis
        for k = 2, #list do
            if list[k] == "(" then
                if list[k + 1] == "*" then return list[k + 2], "pointer" end
                return list[k - 1]
            end
            if list[k] == "=" then return nil end
        end
    end
    local function last_word(list)
        local word
        for k, t in ipairs(list) do
            if t == "=" or t == "[" then break end
            if t:find("^[%a_]") and not KEYWORDS[t] and not TYPES[t] then word = t end
        end
        return word
    end
    local function has(word) for _, t in ipairs(chunk) do if t == word then return true end end end
    local body_kind
    tokens(program, function(kind, text)
        if in_directive then
            if kind == "newline" then
                if in_directive ~= "\\" then in_directive = nil end
                if in_directive then in_directive = true end
                return
            end
            if in_directive == "define" and kind == "word" then
                f(text, "macro", true, false)
            end
            if kind ~= "space" then in_directive = text == "\\" and "\\" or true end
            return
        end
        if kind == "directive" then
            in_directive = text:find("define") and "define" or true
            if in_directive == "define" then return end
            return
        end
        if kind == "comment" or kind == "space" or kind == "newline" or kind == "control" or kind == "entry" then return end
        if kind == "name" then if depth == 0 then chunk = {} end return end
        if text == "{" then
            if depth == 0 then
                local function_name = chunk[#chunk] == ")" and not has("typedef") and not has("=") and find_call(chunk)
                body_kind = nil
                if function_name then
                    f(function_name, "function", true, has("static"))
                    body_kind = "function"
                elseif has("=") then
                    local name = last_word(chunk)
                    if name then f(name, "variable", true, has("static")) end
                    body_kind = "value"
                elseif has("enum") then body_kind, enum_next = "enum", true
                elseif has("struct") or has("union") then
                    local tag = chunk[#chunk]
                    if tag ~= "struct" and tag ~= "union" then f(tag, "type", true, false) end
                    body_kind = "struct"
                else body_kind = "other" end
            end
            depth = depth + 1
            return
        end
        if text == "}" then
            depth = math.max(0, depth - 1)
            if depth == 0 then
                if body_kind == "function" or body_kind == "other" then chunk = {}
                elseif body_kind == "value" then chunk = { "done" } end
            end
            return
        end
        if depth > 0 then
            if body_kind == "enum" then
                if kind == "word" and enum_next then f(text, "constant", true, false); enum_next = false end
                if text == "," then enum_next = true end
            end
            return
        end
        if text == ";" then
            if chunk[1] == "done" then chunk = {} return end
            if has("typedef") then
                local name, pointer = find_call(chunk)
                if not name or body_kind == "struct" or body_kind == "enum" then name = chunk[#chunk] end
                if name and name:find("^[%a_]") then f(name, "type", true, false) end
            elseif #chunk > 0 and body_kind ~= "struct" and body_kind ~= "enum" or has("(") then
                local name = find_call(chunk)
                if name and #chunk > 3 and chunk[1]:find("^[%a_]") then
                    if name:find("^[%a_]") and not KEYWORDS[name] and not TYPES[name] then f(name, "function", false, has("static")) end
                elseif not name and #chunk > 1 then
                    name = last_word(chunk)
                    if name then f(name, "variable", not has("extern"), has("static")) end
                end
            end
            chunk, body_kind = {}, nil
            return
        end
        chunk[#chunk + 1] = text
    end)
end

-- ------------------------------------------------------------ 2. the book
local book                          -- chapters by name, labels, definitions

local function list_folder(folder)
    local list, pipe = {}, io.popen("ls '" .. folder .. "'")
    for file in pipe:lines() do list[#list + 1] = file end
    pipe:close()
    return list
end

-- Prose. `on' is asked about everything that is not plain LaTeX; what it returns goes into the text.
-- Commands that only move things about on paper:
local DROPPED = { noindent = true, small = true, footnotesize = true, medskip = true, bigskip = true, smallskip = true, clearpage = true,
    raggedright = true, centering = true, pagebreak = true, allowbreak = true, sloppy = true, newpage = true }
local NUMBERED = { equation = 1, align = 2, gather = 2, multline = 1, eqnarray = 2 }

local function scan(s, line, on)
    local out, i, math = {}, 1, false
    local function put(x) out[#out + 1] = x end
    local function here(k) return line + lines_before(s, k) end
    local function arguments(n, k, what)
        local list = {}
        for a = 1, n do
            k = s:match("^%s*()", k)
            local arg, after
            if s:sub(k, k) == "{" then arg, after = group(s, k) end
            if not arg then
                on.fail(here(k), "\\%s wants %d argument%s in braces", what, n, n == 1 and "" or "s")
                return nil, k
            end
            list[a], k = arg, after
        end
        return list, k
    end
    while i <= #s do
        local at = s:find("[\\|@%%$]", i)
        if not at then break end
        put(s:sub(i, at - 1))
        local c = s:sub(at, at)
        i = at + 1
        if c == "$" then
            math = not math
            put(c)
        elseif c == "%" then            -- a comment: with the line break, as in TeX
            local e = s:find("\n", at, true) or #s
            i = s:match("^[ \t]*()", e + 1)
            if s:sub(i, i) == "\n" then put("\n") end
        elseif c == "@" then
            local d = s:sub(i, i)
            if d == "@" then put("@"); i = i + 1
            elseif d:find("[%^%.:]") then
                local after, last = close_of(s, i + 1)
                on.entry(d, s:sub(i + 1, last), here(at))
                i = after
            elseif d == "!" then i = i + 1
            elseif d == "q" then i = close_of(s, i + 1)
            else on.fail(here(at), "@%s has no place in prose", d); i = i + 1 end
        elseif c == "|" then
            local code, after = bars(s, at)
            if not code then on.fail(here(at), "a bar that begins code and does not close")
            else put(on.code(code, here(at))); i = after end
        else
            local word = s:match("^%a+", i)
            if not word then
                local d = s:sub(i, i)
                if d == "[" or d == "(" then math = true elseif d == "]" or d == ")" then math = false end
                put(s:sub(at, at + 1)); i = at + 2
            else
                local after, args = i + #word, nil
                i = after
                if word == "hbox" or word == "mbox" then    -- only keeps things together
                elseif (word == "quad" or word == "qquad") and not math then put("~~")
                elseif DROPPED[word] then i = s:match("^[ \t]*\n?[ \t]*()", after)
                elseif word == "ref" or word == "eqref" or word == "label" or word == "claim" or word == "cell" or word == "index" then
                    args, i = arguments(1, after, word)
                    if args then put(on[word](strip(args[1]), here(at))) end
                elseif word == "plot" or word == "outtable" then
                    args, i = arguments(2, after, word)
                    if args then put(on[word](strip(args[1]), args[2], here(at))) end
                elseif word == "val" then
                    args, i = arguments(2, after, word)
                    if args then put(on.val(strip(args[1]), strip(args[2]), here(at), math)) end
                elseif word:find("^cite") then
                    local keys = s:match("^%*?%b[]%b[]%s*(%b{})", after) or s:match("^%*?%b[]%s*(%b{})", after) or s:match("^%*?%s*(%b{})", after)
                    if keys then on.cite(keys:sub(2, -2), here(at)) end
                    put("\\" .. word)
                elseif word == "url" or word == "href" or word == "texttt" and s:find("^{[^{}|\\]*}", after) then
                    local a, past = arguments(1, after, word)
                    put("\\" .. word .. (a and "{" .. a[1] .. "}" or ""))
                    i = past
                elseif word == "begin" or word == "end" then
                    local env, past = s:match("^%s*{([%a*]+)}()", after)
                    if env == "exercise" then
                        if word == "begin" then
                            args, i = arguments(3, past, "begin{exercise}")
                            if args then put(on.exercise(args[1], args[2], args[3], here(at))) end
                        else put(on.exercise_end(here(at))); i = past end
                    elseif word == "begin" and NUMBERED[(env or ""):gsub("%*$", "")] then
                        local e, e2 = s:find("\\end{" .. env .. "}", past, true)
                        if not e then on.fail(here(at), "\\begin{%s} does not end", env); break end
                        put(on.equation(env, s:sub(past, e - 1), here(at)))
                        i = e2 + 1
                    elseif word == "begin" and (env == "figure" or env == "table") then
                        on.fail(here(at), "write \\plot or \\outtable: \\begin{%s} is not for prose", env)
                    else put("\\" .. word) end
                else put("\\" .. word) end
            end
        end
    end
    put(s:sub(i))
    return table.concat(out)
end

local function rows(env, body)      -- the labels of an equation's rows; false where a row has no number
    local starred, list = env:find("%*$"), {}
    local pieces = {}
    if NUMBERED[env:gsub("%*$", "")] == 2 then
        local from, i, depth = 1, 1, 0
        while i <= #body do
            if body:find("^\\begin{", i) then depth = depth + 1 elseif body:find("^\\end{", i) then depth = depth - 1 end
            if depth == 0 and body:find("^\\\\", i) then
                pieces[#pieces + 1] = body:sub(from, i - 1)
                from = i + 2
                i = i + 1
            elseif body:sub(i, i) == "\\" then i = i + 1 end
            i = i + 1
        end
        pieces[#pieces + 1] = body:sub(from)
    else pieces[1] = body end
    for n, piece in ipairs(pieces) do
        list[n] = { label = piece:match("\\label{([^}]*)}"), numbered = not starred and not piece:find("\\notag") and not piece:find("\\nonumber") }
    end
    local clean = body:gsub("%s*\\label{[^}]*}%s*", "\n"):gsub("\\notag", ""):gsub("\\nonumber", ""):gsub("^%s+", ""):gsub("%s+$", "")
    return list, clean
end

local function public(d)            -- may other files mean this name?
    return not d.private or d.header
end

-- Numbers and labels of one chapter, in LaTeX's order. The same counters serve the scan and the page.
local function counters(chapter)
    local n = { figure = 0, table = 0, equation = 0, exercise = 0 }
    return function(what)
        n[what] = n[what] + 1
        return chapter.number .. "." .. n[what]
    end
end

local function survey(chapter)
    local next_number = counters(chapter)
    local section, here             -- here: what a \label means
    local function label(name, number, anchor, line)
        local old = book.labels[name]
        if old then fail(chapter.path, line, "\\label{%s} is defined twice; also in %s", name, old.chapter.path) end
        book.labels[name] = { chapter = chapter, number = number, anchor = anchor }
    end
    local function topic(text, line)
        text = strip(text:gsub("%s+", " "))
        local t = book.topics
        t[#t + 1] = { text = text, section = section, line = line }
    end
    local nothing = function() return "" end
    local on = { fail = nothing, cite = nothing, val = nothing, ref = nothing, eqref = nothing, claim = nothing, cell = nothing }
    on.val = function(name, key) chapter.uses[#chapter.uses + 1] = { "val", name, key } return "" end
    on.cell = function(name) chapter.uses[#chapter.uses + 1] = { "cell", name } return "" end
    on.claim = function(name, line) chapter.uses[#chapter.uses + 1] = { "claim", name, line } return "" end
    on.code = function(code)
        for name in code:gmatch("@<(.-)@>") do section.cites[#section.cites + 1] = name end
        return ""
    end
    on.entry = function(kind, text, line) topic(kind == ":" and text:gsub("^.-}{", "") or text, line) return "" end
    on.index = function(text, line) topic(text, line) return "" end
    on.label = function(name, line)
        label(name, here.number, here.anchor or name, line)
        return ""
    end
    on.plot = function(name, caption, line)
        chapter.uses[#chapter.uses + 1] = { "plot", name }
        label("fig:" .. name, next_number "figure", "fig:" .. name, line)
        scan(caption, line, on)
        return ""
    end
    on.outtable = function(name, caption, line)
        chapter.uses[#chapter.uses + 1] = { "outtable", name }
        label("tab:" .. name, next_number "table", "tab:" .. name, line)
        scan(caption, line, on)
        return ""
    end
    on.equation = function(env, body, line)
        for _, row in ipairs((rows(env, body))) do
            if row.numbered then
                local number = next_number "equation"
                if row.label then label(row.label, number, row.label, line) end
            end
        end
        return ""
    end
    on.exercise = function(folder, difficulty, points)
        local number = next_number "exercise"
        here = { number = number, anchor = "ex" .. number }
        chapter.exercises[#chapter.exercises + 1] = { folder = folder, number = number }
        return ""
    end
    on.exercise_end = function() here = section return "" end
    chapter.names, chapter.order, chapter.uses, chapter.exercises = {}, {}, {}, {}
    for _, s in ipairs(chapter.sections) do
        section, here = s, s
        s.cites, s.uses = {}, {}
        s.id = chapter.number .. "." .. s.number
        s.anchor = "s" .. s.id
        s.number_in_chapter, s.number = s.number, s.id
        local text = s.text
        if s.depth == 0 then        -- \label after a chapter's title names the chapter
            chapter.title = s.title
            while true do
                local name, rest = text:match("^%s*\\label{([^}]*)}()")
                if not name then break end
                label(name, chapter.number, "ch" .. chapter.number, s.line)
                text = text:sub(rest)
            end
        end
        if s.title then scan(s.title, s.line, on) end
        scan(text, s.text_line, on)
        if s.program then
            tokens(s.program, function(kind, word, at)
                if kind == "entry" then topic(word:sub(1, 1) == ":" and word:gsub("^.-}{", "") or word:sub(2), s.program_line + lines_before(s.program, at)) end
            end)
        end
    end
    if not chapter.title then fail(chapter.path, 1, "no chapter title: @** Title.") chapter.title = chapter.name end
end

-- Names of sections, abbreviated or not; who uses whom; which file a piece ends up in.
local function knit(chapter)
    local full = {}
    local function collect(name) if not name:find("%.%.%.$") then full[name] = true end end
    for _, s in ipairs(chapter.sections) do
        if s.name then collect(s.name) end
        if s.program then
            tokens(s.program, function(kind, text) if kind == "name" then collect(strip(text):gsub("%s+", " "), "") end end)
        end
    end
    local sorted = {}
    for name in pairs(full) do sorted[#sorted + 1] = name end
    table.sort(sorted)
    function chapter.resolve(name, line)
        name = strip(name):gsub("%s+", " ")
        local start = name:match("^(.-)%.%.%.$")
        if not start then return name end
        local found
        for _, candidate in ipairs(sorted) do
            if candidate:sub(1, #start) == start then
                if found then
                    fail(chapter.path, line, "@<%s@> is ambiguous", name)
                    return found
                end
                found = candidate
            end
        end
        if not found then fail(chapter.path, line, "@<%s@> abbreviates no name", name) end
        return found or name
    end
    local function entry(name)
        local e = chapter.names[name]
        if not e then
            e = { name = name, definitions = {}, users = {}, citers = {} }
            chapter.names[name] = e
            chapter.order[#chapter.order + 1] = e
        end
        return e
    end
    for _, s in ipairs(chapter.sections) do
        if s.name then
            s.name = chapter.resolve(s.name, s.line)
            local e = entry(s.name)
            e.file = e.file or s.file
            e.definitions[#e.definitions + 1] = s
        end
    end
    for _, s in ipairs(chapter.sections) do
        local depth = 0
        local function use(list, name, line)
            name = chapter.resolve(name, line)
            local e = chapter.names[name]
            if not e then
                fail(chapter.path, line, "@<%s@> is used and never defined", name)
                return
            end
            if e[list][#e[list]] ~= s then e[list][#e[list] + 1] = s end
            return e
        end
        if s.program then
            tokens(s.program, function(kind, text, at)
                if kind == "name" then
                    local e = use("users", text, s.program_line + lines_before(s.program, at))
                    if e then s.uses[#s.uses + 1] = { e, depth } end
                elseif text == "{" then depth = depth + 1
                elseif text == "}" then depth = depth - 1 end
            end)
        end
        for _, name in ipairs(s.cites) do use("citers", name, s.text_line) end
    end
    -- down from the files
    local function reach(e, file, top)
        if e.files and e.files[file] and (e.top or not top) then return end
        e.files = e.files or {}
        e.files[file] = true
        if top then e.top = true end
        for _, s in ipairs(e.definitions) do
            for _, u in ipairs(s.uses) do reach(u[1], file, top and u[2] == 0) end
        end
    end
    for _, e in ipairs(chapter.order) do
        if e.file then reach(e, e.name, true) end
    end
    for _, e in ipairs(chapter.order) do
        if not e.files then fail(chapter.path, e.definitions[1].line, "@<%s@> is never used", e.name) end
    end
    -- what they declare
    for _, s in ipairs(chapter.sections) do
        local e = s.name and chapter.names[s.name]
        local function declared(name, kind, definition, private)
            if #name < 2 then return end
            book.definitions[name] = book.definitions[name] or {}
            local header = false
            for file in pairs(e and e.files or {}) do if file:find("%.h$") then header = true end end
            table.insert(book.definitions[name], { section = s, chapter = chapter, kind = kind, definition = definition,
                private = private or kind == "macro" and not header or kind == "constant" and not header or kind == "type" and not header,
                header = header, files = e and e.files or {} })
        end
        if s.defines then for name in s.defines:gmatch("#define%s+([%w_]+)") do declared(name, "macro", true, false) end end
        if e and e.top then declarations(s.program, declared) end
    end
    for name, e in pairs(chapter.names) do
        if e.file then book.files[name:match("[^/]+$")] = { chapter = chapter, section = e.definitions[1] } end
    end
end

local function load_book(folder)
    if book then return end
    book = { chapters = {}, list = {}, labels = {}, definitions = {}, files = {}, topics = {}, uses = {} }
    local names = {}
    for _, file in ipairs(list_folder(folder)) do
        local name = file:match("^(%d.*)%.w$")
        if name then names[#names + 1] = name end
    end
    table.sort(names)
    local appendices = 0
    for _, name in ipairs(names) do
        local chapter = parse(folder .. "/" .. name .. ".w")
        local n = tonumber(name:match("^%d+"))
        if n <= LAST_CHAPTER then chapter.number = tostring(n)
        else
            chapter.number = string.char(65 + appendices)
            chapter.appendix = true
            appendices = appendices + 1
        end
        book.chapters[name] = chapter
        book.list[#book.list + 1] = chapter
    end
    for _, chapter in ipairs(book.list) do survey(chapter) end
    for _, chapter in ipairs(book.list) do knit(chapter) end
end

-- Where a name is defined, seen from a section; nil if it is not one that the book defines, or is ambiguous.
local function defined(name, section, call)
    local list = book.definitions[name]
    if not list then return nil end
    local e = section.name and section.chapter.names[section.name]
    local best, best_score
    for _, d in ipairs(list) do
        local same_file = false
        for file in pairs(e and e.files or {}) do if d.files[file] then same_file = true end end
        local score
        if same_file then score = 30
        elseif public(d) and (d.chapter == section.chapter or name:find("^gp_") or name:find("^GP_") or d.header) then score = d.chapter == section.chapter and 20 or 10
        elseif not e and d.chapter == section.chapter then score = 15 end
        if score and d.kind == "function" and not name:find("^gp_") and call == false then score = nil end
        if score and d.kind == "variable" and not same_file and not name:find("^gp_") then score = nil end
        if score then
            if d.definition then score = score + 2 end
            if not best or score > best_score then best, best_score = d, score end
        end
    end
    return best
end

-- ------------------------------------------------------------ results, as the PDF sets them
local function escape(s)            -- plain text, or math between dollars
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

local function quantity(s)          -- numbers as numbers are set: a real minus sign, a power of ten
    local sign, mantissa, exponent = s:match("^([-+]?)(%d+%.?%d*)[eE]([-+]?%d+)$")
    if mantissa then return ("$%s%s\\cdot10^{%d}$"):format(sign == "+" and "" or sign, mantissa, tonumber(exponent)), true end
    if s:find("^[-+]?%d*%.?%d+%%?$") then return "$" .. s:gsub("%%", "\\%%") .. "$", true end
    if s == "-inf" then return "$-\\infty$", true elseif s == "inf" then return "$\\infty$", true elseif s == "-" then return "--", true end
    if s == "nan" or s == "" then return s, true end
    return escape(s), false
end

local function tabular(s)
    local lines, columns = {}, 0
    for line in s:gmatch("[^\r\n]+") do
        if not line:find("^#") or #lines == 0 then
            local row = {}
            for cell in (line:gsub("^# ?", "") .. "\t"):gmatch("([^\t]*)\t") do row[#row + 1] = strip(cell) end
            lines[#lines + 1] = row
        end
    end
    if #lines == 0 then return nil end
    columns = #lines[1]
    local out, numeric = {}, {}
    for c = 1, columns do numeric[c] = #lines > 1 end
    for r, row in ipairs(lines) do
        local cells = {}
        for c = 1, columns do
            local set, is_number = quantity(row[c] or "")
            if r == 1 then set = escape(row[c] or "")
            elseif not is_number and not set:find("^%$") then numeric[c] = false end
            cells[c] = set
        end
        out[r] = table.concat(cells, " & ") .. " \\\\" .. (r == 1 and "\\midrule" or "")
    end
    local spec = ""
    for c = 1, columns do spec = spec .. (numeric[c] and "r" or "l") end
    return "\\begin{tabular}{" .. spec .. "}\\toprule\n" .. table.concat(out, "\n") .. "\n\\bottomrule\\end{tabular}"
end

local values = {}
local function value(name, key)
    if not values[name] then
        values[name] = {}
        for line in (read("build/outputs/" .. name .. ".val") or ""):gmatch("[^\r\n]+") do
            local k, text = line:match("^([^\t]+)\t(.*)$")
            if k then values[name][k] = strip(text) end
        end
    end
    return values[name][key]
end

-- ------------------------------------------------------------ outside of pandoc
if not pandoc then
    local command = arg and arg[1]
    if command ~= "map" and command ~= "lint" then
        io.stderr:write("cweb.lua: expected map or lint\n")
        os.exit(2)
    end
    load_book("chapters")
    stop_on_failure()
    local out = {}
    local function line(...) out[#out + 1] = table.concat({ ... }, "\t") end
    if command == "map" then
        for _, chapter in ipairs(book.list) do line("chapter", chapter.number, chapter.name, chapter.title) end
        for name, l in pairs(book.labels) do line("label", name, l.number, l.chapter.name, l.anchor) end
        for name, list in pairs(book.definitions) do
            for _, d in ipairs(list) do
                if public(d) then line("definition", name, d.section.id, d.kind) end
            end
        end
        for file, f in pairs(book.files) do line("file", file, f.section.id) end
        table.sort(out)
    else
        for _, chapter in ipairs(book.list) do
            for _, s in ipairs(chapter.sections) do
                local code, prose, at = 0, 0, s.program_line
                for l in (s.program or ""):gmatch("([^\n]*)\n") do
                    if l:find("%S") and not l:find("^%s*@#%s*$") then code = code + 1 end
                    if #l > 79 then line("long", chapter.name, at, #l) end
                    at = at + 1
                end
                for l in s.text:gmatch("[^\n]+") do    -- lines of prose as long as those of C
                    if l:find("%S") and not l:find("^%s*\\label{[^}]*}%s*$") then prose = prose + math.ceil(#l / 79) end
                end
                line("section", chapter.name, s.line, s.id, code, prose)
            end
            for _, u in ipairs(chapter.uses) do line(u[1], chapter.name, u[2], u[3] or "") end
            for _, e in ipairs(chapter.exercises) do line("exercise", chapter.name, e.folder, e.number) end
        end
    end
    print(table.concat(out, "\n"))
    os.exit(0)
end

-- ------------------------------------------------------------ 3. pandoc's document
local P = pandoc
local single                        -- the chapter of this page; nil when the whole book is one document

local function href(chapter, anchor)
    if not single or single == chapter then return "#" .. anchor end
    return chapter.name .. ".html#" .. anchor
end
local function raw(html) return P.RawInline("html", html) end
local function section_link(s)
    return P.Link({ P.Str(s.id) }, href(s.chapter, s.anchor))
end

local bibliography
local function cited(keys, file, line)
    if not bibliography then
        bibliography = {}
        for key in (read("book/references.bib") or ""):gmatch("\n%s*@%a+%s*{%s*([^,%s]+)%s*,") do bibliography[key] = true end
    end
    for key in keys:gmatch("[^,%s]+") do
        if not bibliography[key] then fail(file, line, "there is no %s in book/references.bib", key) end
    end
end

-- Everything of a chapter that is LaTeX is gathered, read in one go, and taken out again by number.
local function typesetter(chapter)
    local T = { pieces = {}, things = {} }
    local next_number = counters(chapter)
    local section

    local function thing(t)
        T.things[#T.things + 1] = t
        return "GPX" .. #T.things .. "X"
    end
    local function block(t) return "\n\n" .. thing(t) .. "\n\n" end
    local function missing(line, ...)
        if DRAFT then return "\\textbf{[" .. escape(string.format(...)) .. "]}" end
        fail(chapter.path, line, ...)
        return ""
    end

    local on = {}
    local function piece(text, line, silent)   -- LaTeX to be read; returns its number
        local read = silent and text or scan(text, line, on)    -- which may add pieces of its own
        T.pieces[#T.pieces + 1] = { text = read, line = line, source = text }
        return #T.pieces
    end
    T.piece = piece
    function T.at(s) section = s end

    on.fail = function(line, ...) fail(chapter.path, line, ...) end
    on.cite = function(keys, line) cited(keys, chapter.path, line) end
    on.entry = function() return "" end
    on.index = function() return "" end
    on.code = function(code, line) return thing { kind = "code", code = code, section = section, line = line } end
    local function reference(name, line, pattern)
        local l = book.labels[name]
        if not l then
            fail(chapter.path, line, "\\ref{%s}: there is no such label", name)
            return ""
        end
        return thing { kind = "ref", text = pattern:format(l.number), href = href(l.chapter, l.anchor) }
    end
    on.ref = function(name, line) return reference(name, line, "%s") end
    on.eqref = function(name, line) return reference(name, line, "(%s)") end
    on.label = function(name)
        local l = book.labels[name]
        if l and l.anchor == name then return thing { kind = "anchor", id = name } end
        return ""                   -- a section's or an exercise's: it has an anchor of its own
    end
    on.claim = function(name) return thing { kind = "claim", name = name } end
    on.val = function(name, key, line, math)
        local v = value(name, key)
        if not v then return missing(line, "build/outputs/%s.val has no value %s", name, key) end
        v = quantity(v)
        return math and v:match("^%$([^$]*)%$$") or v
    end
    on.cell = function(name, line)
        local command, output = read("build/outputs/" .. name .. ".cmd"), read("build/outputs/" .. name .. ".txt")
        if not output then return missing(line, "build/outputs/%s.txt is missing: nothing makes this cell", name) end
        return block { kind = "cell", name = name, command = strip(command or name), output = output:gsub("%s+$", "") }
    end
    on.plot = function(name, caption, line)
        local number = next_number "figure"
        if not read("build/figures/" .. name .. ".svg") then missing(line, "build/figures/%s.svg is missing", name) end
        return block { kind = "plot", name = name, number = number, caption = piece(caption, line) }
    end
    on.outtable = function(name, caption, line)
        local number = next_number "table"
        local tsv = read("build/outputs/" .. name .. ".tsv")
        local text = tsv and tabular(tsv)
        if not text then text = missing(line, "build/outputs/%s.tsv is missing or empty", name) end
        return block { kind = "table", name = name, number = number, caption = piece(caption, line), body = piece(text, line, true) }
    end
    on.equation = function(env, body, line)
        local list, clean = rows(env, body)
        local numbers = {}
        for _, row in ipairs(list) do
            if row.numbered then
                local number = next_number "equation"
                numbers[#numbers + 1] = { number, row.label }
            end
        end
        if NUMBERED[env:gsub("%*$", "")] == 2 then clean = "\\begin{aligned}" .. clean .. "\\end{aligned}" end
        if #numbers == 0 then return "\\[" .. clean .. "\\]" end
        return thing { kind = "equation", numbers = numbers } .. " \\[" .. clean .. "\\]"
    end
    on.exercise = function(folder, difficulty, points)
        return block { kind = "exercise", folder = folder, difficulty = difficulty, points = points, number = next_number "exercise" }
    end
    on.exercise_end = function() return block { kind = "exercise_end" } end

    local function complain(what, p)
        what = what:gsub("\n.*", "")
        local start = what:match("^\\%a+") or what:sub(1, 12)
        local at = p.source:find(start, 1, true)
        fail(chapter.path, p.line + (at and lines_before(p.source, at) or 0), "unknown to the web edition: %s", what:sub(1, 60))
    end

    local fill                      -- the things, put back
    local function inlines(list, p, plain)
        local out = P.List()
        local i = 1
        while i <= #list do
            local el = list[i]
            if el.t == "Str" and el.text:find("GPX%d+X") then
                local from = 1
                for a, n, b in el.text:gmatch("()GPX(%d+)X()") do
                    if a > from then out:insert(P.Str(el.text:sub(from, a - 1))) end
                    from = b
                    local t = T.things[tonumber(n)]
                    if t.kind == "equation" then
                        local k = i + 1
                        while list[k] and list[k].t ~= "Math" do k = k + 1 end
                        local numbers = P.List()
                        for _, pair in ipairs(t.numbers) do
                            numbers:insert(P.Span({ P.Str("(" .. pair[1] .. ")") }, P.Attr(pair[2] or "", { "eqno" })))
                        end
                        out:insert(P.Span({ P.Span({ list[k] }, P.Attr("", { "formula" })), P.Span(numbers, P.Attr("", { "numbers" })) }, P.Attr("", { "equation" })))
                        i = k
                    else out:extend(fill(t, plain)) end
                end
                if from <= #el.text then out:insert(P.Str(el.text:sub(from))) end
            elseif el.t == "Code" then
                el.text = el.text:gsub("GPX(%d+)X", function(n) return T.things[tonumber(n)].code or T.things[tonumber(n)].text or "" end)
                out:insert(el)
            else
                if el.t == "RawInline" then complain(el.text, p) end
                out:insert(el)
            end
            i = i + 1
        end
        return out
    end

    function T.read()
        local macros = read("book/macros.tex") or ""
        local text, row = { macros }, select(2, macros:gsub("\n", "")) + 1
        for n, p in ipairs(T.pieces) do
            text[#text + 1] = ("\n\nGPXPIECE%dX\n\n%s"):format(n, p.text)
            p.row = row             -- where it begins in what pandoc reads
            row = row + select(2, text[#text]:gsub("\n", ""))
        end
        local ok, doc = pcall(P.read, table.concat(text) .. "\n\nGPXPIECE0X\n", "latex+raw_tex")
        if not ok then
            local said = tostring(doc):gsub("^.*%(line %d+, column %d+%):%s*", ""):gsub("\nstack.*", ""):gsub("%s+", " ")
            local at, found = tonumber(tostring(doc):match('.*%(line (%d+), column %d+%)')) or 1, T.pieces[1]
            for _, p in ipairs(T.pieces) do if p.row <= at then found = p end end
            fail(chapter.path, found.line + math.max(0, at - found.row - 4), "pandoc cannot read this LaTeX (near here): %s", said)
            stop_on_failure()
        end
        doc = P.walk_block(P.Div(doc.blocks), {
            Cite = function(c) c.content = {} return c end,
            Math = function(m)      -- MathML stretches its fences itself; texmath reads \left and \right best
                local text = m.text
                local l, r = select(2, text:gsub("\\[bB]igg?l%f[%A]", "")), select(2, text:gsub("\\[bB]igg?r%f[%A]", ""))
                local left, right = l == r and "\\left" or "", l == r and "\\right" or ""
                m.text = text:gsub("\\[bB]igg?l%f[%A]%s*", left):gsub("\\[bB]igg?r%f[%A]%s*", right)
                return m
            end,
        })
        local n, open = nil, nil
        for _, b in ipairs(doc.content) do
            local at = b.t == "Para" and #b.content == 1 and b.content[1].t == "Str" and b.content[1].text:match("^GPXPIECE(%d+)X$")
            if at then
                at = tonumber(at)
                if at ~= 0 and at ~= (n or 0) + 1 then break end
                n = at
                if n ~= 0 then open = T.pieces[n]; open.blocks = P.List() end
            elseif open then open.blocks:insert(b) end
        end
        if n ~= 0 then
            fail(chapter.path, T.pieces[n or 1].line, "a LaTeX group or environment that begins here, or soon after, does not close")
            stop_on_failure()
        end
        for _, p in ipairs(T.pieces) do
            p.div = p.blocks
        end
    end
    local function walked(p, plain)
        for _, b in ipairs(p.blocks) do if b.t == "RawBlock" then complain(b.text, p) end end
        local div = P.walk_block(P.Div(p.blocks), {
            RawBlock = function(b) complain(b.text, p) end,
            Inlines = function(list) return inlines(list, p, plain) end,
        })
        return div.content
    end
    function T.inlines(n, plain)    -- a title, a name, a caption
        local content = walked(T.pieces[n], plain)
        return content[1] and content[1].content or P.List()
    end

    local function code_text(code)
        return (code:gsub("@<(.-)@>", function(name) return "\226\159\168" .. chapter.resolve(name, 1) .. "\226\159\169" end):gsub("@@", "@"):gsub("@[%[%]!,&/|+]", ""):gsub("%s+", " "))
    end
    function fill(t, plain)
        if t.kind == "code" then
            local name = t.code:match("^@<(.-)@>$")
            if name and not plain then return { T.name(name, t.line) } end
            local text = code_text(t.code)
            local word = text:match("^([%a_][%w_]*)$") or text:match("^([%a_][%w_]*)%(.*%)$")
            local module = word and word == text and not plain and book.files[word .. ".h"]
            if module and module.section ~= t.section then  -- a module's name leads to its header
                return { P.Link({ P.Code(text) }, href(module.chapter, module.section.anchor)) }
            end
            local d = word and not plain and not module and t.section and #word > 2 and defined(word, t.section, nil)
            if d and d.section ~= t.section then
                book.uses[word] = book.uses[word] or {}
                book.uses[word][t.section.id] = t.section
                return { P.Link({ P.Code(text) }, href(d.chapter, d.section.anchor)) }
            end
            return { P.Code(text) }
        elseif t.kind == "ref" then
            if plain then return { P.Str(t.text) } end
            return { P.Link({ P.Str(t.text) }, t.href) }
        elseif t.kind == "anchor" then return { P.Span({}, P.Attr(t.id)) }
        elseif t.kind == "claim" then
            return { P.Span({ P.Str("\226\156\147") }, P.Attr("", { "claim" }, { { "title", "tested: claim_" .. t.name } })) }
        end
        return {}
    end

    -- a section's name as a link: angle brackets, the name, the number of its first definition
    function T.name(name, line, defining)
        name = chapter.resolve(name, line)
        local e = chapter.names[name]
        if not e then return P.Str(name) end
        local words
        if e.file then words = P.List({ P.Code(name) })
        elseif e.piece then words = T.inlines(e.piece, true)
        else words = P.List({ P.Str(name) }) end
        local first = e.definitions[1]
        local content = P.List({ P.Str("\226\159\168") })
        content:extend(words)
        content:extend({ P.Str("\194\160"), P.Span({ P.Str(first.id) }, P.Attr("", { "number" })), P.Str("\226\159\169") })
        if defining and e.definitions[1] == section then return P.Span(content, P.Attr("", { "name" })) end
        return P.Link(content, href(chapter, first.anchor), "", P.Attr("", { "name" }))
    end

    local function exercise_head(t)
        local head = P.Div({ P.Plain({ P.Strong({ P.Str("Exercise " .. t.number) }), P.Str("\226\128\131"),
            P.Span({ P.Str("[" .. t.difficulty .. "] " .. t.points .. (t.points == "1" and " point" or " points")) }, P.Attr("", { "grade" })),
            P.Str("\226\128\131"), P.Code("exercises/" .. t.folder) }) }, P.Attr("", { "exercise-head" }))
        return head
    end
    local function figure(t)
        local caption = P.List({ P.Strong({ P.Str((t.kind == "plot" and "Figure " or "Table ") .. t.number) }), P.Str("\226\128\131") })
        caption:extend(T.inlines(t.caption))
        local text = P.Div({ P.Para(caption) }, P.Attr("", { "caption" }))
        if t.kind == "plot" then
            local alt = P.utils.stringify(T.inlines(t.caption, true))
            return P.Div({ P.Plain({ P.Image({ P.Str(alt) }, "figures/" .. t.name .. ".svg") }), text }, P.Attr("fig:" .. t.name, { "figure" }))
        end
        local body = P.List({ text })
        body:insert(P.Div(walked(T.pieces[t.body]), P.Attr("", { "wide" })))
        return P.Div(body, P.Attr("tab:" .. t.name, { "figure", "table" }))
    end
    function T.blocks(n)            -- prose: cells, figures and exercises put in their places
        local out, stack = P.List(), {}
        local p = T.pieces[n]
        local function expand(blocks)
            local list = P.List()
            for _, b in ipairs(blocks) do
                local which = (b.t == "Para" or b.t == "Plain") and #b.content == 1 and b.content[1].t == "Str" and b.content[1].text:match("^GPX(%d+)X$")
                local t = which and T.things[tonumber(which)]
                if t and t.kind == "cell" then
                    list:insert(P.Div({ P.CodeBlock(t.command, P.Attr("", { "in" })), P.CodeBlock(t.output, P.Attr("", { "out" })) }, P.Attr("", { "cell" })))
                elseif t and (t.kind == "plot" or t.kind == "table") then list:insert(figure(t))
                elseif t and t.kind == "exercise" then
                    stack[#stack + 1] = { t, list }
                    list = P.List({ exercise_head(t) })
                elseif t and t.kind == "exercise_end" then
                    local top = table.remove(stack)
                    if not top then fail(chapter.path, p.line, "\\end{exercise} without a beginning")
                    else
                        top[2]:insert(P.Div(list, P.Attr("ex" .. top[1].number, { "exercise" })))
                        list = top[2]
                    end
                else list:insert(b) end
            end
            if #stack > 0 then fail(chapter.path, p.line, "\\begin{exercise} does not end in this section") end
            return list
        end
        local expanded = expand(p.blocks)
        for _, b in ipairs(expanded) do
            local kind = b.t == "Div" and b.classes[1]
            if kind == "cell" or kind == "figure" then out:insert(b)
            else
                if b.t == "RawBlock" then complain(b.text, p) end
                local done = P.walk_block(P.Div({ b }), {
                    RawBlock = function(x) complain(x.text, p) end,
                    Inlines = function(list) return inlines(list, p) end,
                })
                out:extend(done.content)
            end
        end
        return out
    end
    return T
end

-- Program text. A first pass hands its TeX (comments, @t) to the typesetter, a second makes the lines.
local function tex_in_comment(s)    -- a comment may say hard_sigmoid without further ado
    local out, math, i = {}, false, 1
    while i <= #s do
        local c = s:sub(i, i)
        if c == "\\" then c = s:sub(i, i + 1)
        elseif c == "|" then
            local _, after = bars(s, i)
            c = after and s:sub(i, after - 1) or c
        elseif c == "$" then math = not math end
        out[#out + 1] = (c == "_" or c == "#" or c == "&") and not math and "\\" .. c or c
        i = i + #c
    end
    return table.concat(out)
end

local function comment_lines(text)  -- lines; those of a formula that runs on are joined
    local list = {}
    for l in (text .. "\n"):gmatch("([^\n]*)\n") do
        local last = list[#list]
        local dollars = last and select(2, last:gsub("\\%$", ""):gsub("%$", ""))
        local bar = last and select(2, last:gsub("|", ""))
        if last and (dollars % 2 == 1 or bar % 2 == 1) then list[#list] = last .. " " .. strip(l) else list[#list + 1] = l end
    end
    return list
end

local function prepare_program(T, text, line)
    local pieces = {}
    tokens(text, function(kind, word, at)
        local first = line + lines_before(text, at)
        if kind == "comment" then
            for n, l in ipairs(comment_lines(word)) do
                if l:find("[\\$|~{]") or l:find("``") or l:find("%-%-") then
                    local before, body, after = l:match("^(%s*/?[*/]*%s*)(.-)(%s*%*?/?)$")
                    pieces[at .. ":" .. n] = { before, T.piece(tex_in_comment(body), first + n - 1), after }
                end
            end
        elseif kind == "tex" then pieces[at] = { "", T.piece(word, first), "" } end
    end)
    return pieces
end

local function program(T, s, text, pieces, line)
    local out = P.List()
    local buffer = {}               -- plain characters waiting to become a Str
    local function flush()
        if #buffer > 0 then out:insert(P.Str(table.concat(buffer))) end
        buffer = {}
    end
    local function put(x) if type(x) == "string" then buffer[#buffer + 1] = x else flush(); out:insert(x) end end
    local function span(class, x) put(P.Span({ P.Str(x) }, P.Attr("", { class }))) end
    local list = {}
    tokens(text, function(kind, word, at) list[#list + 1] = { kind, word, at } end)
    -- a line on which only control codes stand leaves no line; @# leaves an empty one
    local kept, line_tokens = {}, {}
    local function end_line(newline)
        local visible, control, gap = false, false, false
        for _, t in ipairs(line_tokens) do
            if t[1] == "control" or t[1] == "entry" then control = true; if t[2] == "#" then gap = true end
            elseif t[1] ~= "space" then visible = true end
        end
        if visible or not control or gap then
            while #line_tokens > 0 and line_tokens[#line_tokens][1] == "space" do table.remove(line_tokens) end
            local before = #kept
            for _, t in ipairs(line_tokens) do if visible or t[1] ~= "space" then kept[#kept + 1] = t end end
            while #kept > before and (kept[#kept][1] == "control" or kept[#kept][1] == "space" or kept[#kept][1] == "entry") do kept[#kept] = nil end
            if newline then kept[#kept + 1] = newline end
        end
        line_tokens = {}
    end
    for _, t in ipairs(list) do
        if t[1] == "newline" then end_line(t) else line_tokens[#line_tokens + 1] = t end
    end
    end_line()
    while kept[1] and (kept[1][1] == "newline" or kept[1][1] == "control") do table.remove(kept, 1) end
    while #kept > 0 and (kept[#kept][1] == "newline" or kept[#kept][1] == "space" or kept[#kept][1] == "control") do table.remove(kept) end
    local previous, shown = "", {}
    for n, t in ipairs(kept) do
        local kind, word, at = t[1], t[2], t[3]
        if kind == "newline" then put("\n")
        elseif kind == "comment" then
            local inner = P.List()
            for k, l in ipairs(comment_lines(word)) do
                if k > 1 then inner:insert(P.Str("\n")) end
                local p = pieces[at .. ":" .. k]
                if p then
                    inner:insert(P.Str(p[1]))
                    inner:extend(T.inlines(p[2]))
                    inner:insert(P.Str(p[3]))
                elseif l ~= "" then inner:insert(P.Str((l:gsub("@@", "@")))) end
            end
            put(P.Span(inner, P.Attr("", { "co" })))
        elseif kind == "string" or kind == "char" or kind == "header" then
            local file = word:match('^"([^"]+%.h)"$')
            local f = file and book.files[file]
            if f and f.section ~= s then put(P.Link({ P.Str(word) }, href(f.chapter, f.section.anchor), "", P.Attr("", { "st" })))
            else span("st", word) end
        elseif kind == "directive" then span("pp", word)
        elseif kind == "number" then span("nu", word)
        elseif kind == "name" then put(T.name(word, line + lines_before(text, at)))
        elseif kind == "verbatim" then put((word:gsub("@@", "@")))
        elseif kind == "tex" then
            flush()
            out:extend(T.inlines(pieces[at][2]))
        elseif kind == "control" then
            if word == "," then put(" ") elseif word == "h" then span("name", "\226\159\168Preprocessor definitions\226\159\169") end
        elseif kind == "word" then
            if KEYWORDS[word] then span("kw", word)
            elseif TYPES[word] then span("ty", word)
            else
                local member = previous == "." or previous == ">" and kept[n - 2] and kept[n - 2][2] == "-"
                local after = kept[n + 1]
                if after and after[1] == "space" then after = kept[n + 2] end
                local d = not member and #word > 1 and defined(word, s, after ~= nil and after[2] == "(")
                local class = d and d.kind == "type" and "ty" or nil
                if d then
                    book.uses[word] = book.uses[word] or {}
                    book.uses[word][s.id] = s
                end
                if d and d.section ~= s then put(P.Link({ P.Str(word) }, href(d.chapter, d.section.anchor), "", P.Attr("", { class or "id" })))
                elseif class or s.chapter.types[word] and word:find("^gp_%l+$") then span("ty", word)
                elseif d and not shown[word] then
                    shown[word] = true
                    put(P.Strong({ P.Str(word) }))
                else put(word) end
            end
        elseif kind ~= "entry" then put(word) end
        if kind ~= "space" then previous = word end
    end
    flush()
    return out
end

local function numbers(list)
    local out = P.List()
    for n, s in ipairs(list) do
        if n > 1 then out:insert(P.Str(", ")) end
        out:insert(section_link(s))
    end
    return out
end

local function chapter_blocks(chapter)
    local T = typesetter(chapter)
    for _, e in ipairs(chapter.order) do
        if not e.file then e.piece = T.piece(e.name, e.definitions[1].line) end
    end
    for _, s in ipairs(chapter.sections) do
        T.at(s)
        if s.title then s.title_piece = T.piece(s.title, s.line) end
        local text = s.text
        while text:find("^%s*\\label{[^}]*}") do text = text:gsub("^%s*\\label{[^}]*}", "", 1) end
        s.text_piece = T.piece(text, s.text_line + lines_before(s.text, #s.text - #text + 1))
        if s.defines then s.defines_pieces = prepare_program(T, s.defines, s.defines_line) end
        if s.program then s.program_pieces = prepare_program(T, s.program, s.program_line) end
    end
    T.read()
    local out = P.List()
    for _, s in ipairs(chapter.sections) do
        T.at(s)
        local mark = P.Span({ P.Link({ P.Str(s.id) }, "#" .. s.anchor) }, P.Attr("", { "secno" }))
        local body = P.List()
        local heading
        if s.depth == 0 then
            local title = P.List({ P.Span({ P.Str(chapter.number) }, P.Attr("", { "chapter-number" })), P.Space() })
            title:extend(T.inlines(s.title_piece, true))
            out:insert(P.Header(1, title, P.Attr("ch" .. chapter.number)))
        elseif s.depth then
            local title = P.List({ P.Span({ P.Str(s.id) }, P.Attr("", { "secno" })), P.Space() })
            title:extend(T.inlines(s.title_piece, true))
            heading = P.Header(s.depth + 1, title, P.Attr(s.anchor))
            out:insert(heading)
        end
        if not heading then body:insert(P.Plain({ mark })) end
        body:extend(T.blocks(s.text_piece))
        local function listing(text, pieces, line)
            local inner = P.List({ raw('<pre class="c"><code>') })
            inner:extend(program(T, s, text, pieces, line))
            inner:insert(raw("</code></pre>"))
            return P.Plain(inner)
        end
        if s.defines or s.program then
            local text = P.List()
            if s.defines then text:insert(listing(s.defines, s.defines_pieces, s.defines_line)) end
            if s.program then
                local e = chapter.names[s.name]
                local first = e.definitions[1] == s
                text:insert(P.Div({ P.Plain({ T.name(s.name, s.line, true), P.Str(first and " \226\137\161" or " +\226\137\161") }) }, P.Attr("", { "defines" })))
                text:insert(listing(s.program, s.program_pieces, s.program_line))
                local note = P.List()
                local function say(words, list)
                    if #list == 0 then return end
                    if #note > 0 then note:insert(P.Str("\226\128\131")) end
                    note:insert(P.Str(words .. " "))
                    note:extend(numbers(list))
                    note:insert(P.Str("."))
                end
                if first then
                    local more = {}
                    for k = 2, #e.definitions do more[#more + 1] = e.definitions[k] end
                    say("See also", more)
                    say("Used in", e.users)
                    say("Cited in", e.citers)
                end
                if #note > 0 then text:insert(P.Div({ P.Plain(note) }, P.Attr("", { "notes" }))) end
            end
            body:insert(P.Div(text, P.Attr("", { "program" })))
        end
        out:insert(P.Div(body, P.Attr(heading and "" or s.anchor, { heading and "section-body" or "plain-section" })))
    end
    return out, T
end

-- ------------------------------------------------------------ lists of the whole book
local function chapter_title(chapter)
    return chapter.title:gsub("|([^|]*)|", "%1"):gsub("``", "\226\128\156"):gsub("''", "\226\128\157"):gsub("'", "\226\128\153"):gsub("\\%a+%s*", ""):gsub("[{}$]", ""):gsub("~", " ")
end

local function contents()
    local list = P.List()
    for _, chapter in ipairs(book.list) do
        list:insert({ P.Plain({ P.Span({ P.Str(chapter.number) }, P.Attr("", { "number" })), P.Space(),
            P.Link({ P.Str((chapter_title(chapter))) }, single and chapter.name .. ".html" or "#ch" .. chapter.number) }) })
    end
    return P.Div({ P.BulletList(list) }, P.Attr("", { "contents" }))
end

local function names_page()
    local out = P.List()
    for _, chapter in ipairs(book.list) do
        local list = {}
        for _, e in ipairs(chapter.order) do if not e.file then list[#list + 1] = e end end
        table.sort(list, function(a, b) return a.name:lower() < b.name:lower() end)
        if #list > 0 then
            local T = typesetter(chapter)
            T.at(chapter.sections[1])
            for _, e in ipairs(list) do e.piece = T.piece(e.name, e.definitions[1].line) end
            T.read()
            local items = P.List()
            for _, e in ipairs(list) do
                local item = P.List({ P.Link(T.inlines(e.piece, true), href(chapter, e.definitions[1].anchor)), P.Str("\226\128\131") })
                item:extend(numbers(e.definitions))
                item:extend({ P.Str(". Used in ") })
                item:extend(numbers(e.users))
                item:insert(P.Str("."))
                items:insert({ P.Plain(item) })
            end
            out:insert(P.Header(2, { P.Str(chapter.number .. " " .. chapter_title(chapter)) }, P.Attr("names-" .. chapter.number)))
            out:insert(P.BulletList(items))
        end
    end
    return out
end

-- Who uses what, without making the pages: a light pass over program and |code|.
local function count_uses()
    book.uses = {}
    for _, chapter in ipairs(book.list) do
        for _, s in ipairs(chapter.sections) do
            local function note(text)
                local before, pending = "", nil
                local function settle(call)
                    if pending and defined(pending, s, call) then
                        book.uses[pending] = book.uses[pending] or {}
                        book.uses[pending][s.id] = s
                    end
                    pending = nil
                end
                tokens(text, function(kind, word)
                    if kind == "space" then return end
                    settle(word == "(")
                    if kind == "word" and #word > 1 and before ~= "." and before ~= ">" then pending = word end
                    before = word
                end)
                settle(false)
            end
            if s.program then note(s.program) end
            for code in s.text:gmatch("|([^|\n]+)|") do note(code) end
        end
    end
end

local function index_page()
    count_uses()
    local entries = {}
    for name, list in pairs(book.definitions) do
        local e = { name = name, code = true, sections = {}, bold = {} }
        local open = false
        for _, d in ipairs(list) do
            e.sections[d.section.id], e.bold[d.section.id] = d.section, true
            if public(d) then open = true end
        end
        for id, s in pairs(book.uses[name] or {}) do e.sections[id] = s end
        -- a name that one file keeps to itself and that says little elsewhere
        if open or #name > 2 then entries[#entries + 1] = e end
    end
    local topics = {}
    for _, t in ipairs(book.topics) do
        local text = t.text:gsub("!", ", "):gsub("\\%a+%s*", ""):gsub("[{}$]", ""):gsub("~", " "):gsub("|", "")
        if not topics[text] then
            topics[text] = { name = text, sections = {}, bold = {} }
            entries[#entries + 1] = topics[text]
        end
        topics[text].sections[t.section.id] = t.section
    end
    local function key(e) return e.name:lower():gsub("^gp_", ""):gsub("[_ ]", "\1") end
    table.sort(entries, function(a, b)
        local x, y = key(a), key(b)
        if x ~= y then return x < y end
        return a.name < b.name
    end)
    local order = {}
    for n, chapter in ipairs(book.list) do order[chapter] = n end
    local out, items, letter = P.List(), nil, nil
    for _, e in ipairs(entries) do
        local l = key(e):sub(1, 1):upper()
        if not l:find("%a") then l = "#" end
        if l ~= letter then
            if items then out:insert(P.BulletList(items)) end
            items, letter = P.List(), l
            out:insert(P.Header(2, { P.Str(l) }, P.Attr("index-" .. (l == "#" and "signs" or l:lower()), { "unnumbered", "unlisted" })))
        end
        local list = {}
        for _, s in pairs(e.sections) do list[#list + 1] = s end
        table.sort(list, function(a, b)
            if a.chapter ~= b.chapter then return order[a.chapter] < order[b.chapter] end
            return a.number_in_chapter < b.number_in_chapter
        end)
        if #list > 14 and e.code then   -- a name met everywhere is looked up where it is defined
            local few = {}
            for _, s in ipairs(list) do if e.bold[s.id] then few[#few + 1] = s end end
            if #few > 0 then list = few end
        end
        local item = P.List({ e.code and P.Code(e.name) or P.Str(e.name), P.Str("\226\128\130") })
        for n, s in ipairs(list) do
            if n > 1 then item:insert(P.Str(", ")) end
            item:insert(e.bold[s.id] and P.Strong({ section_link(s) }) or section_link(s))
        end
        items:insert({ P.Plain(item) })
    end
    if items then out:insert(P.BulletList(items)) end
    return out
end

local function markdown_blocks(text)
    local doc = P.read(text, "markdown")
    local blocks = P.List()
    for _, b in ipairs(doc.blocks) do
        local kind = b.t == "Div" and b.classes[1]
        if kind == "contents" then blocks:insert(contents())
        elseif kind == "index" then blocks:insert(P.Div(index_page(), P.Attr("", { "index" })))
        elseif kind == "names" then blocks:insert(P.Div(names_page(), P.Attr("", { "names" })))
        else blocks:insert(b) end
    end
    return blocks, doc.meta
end

-- ------------------------------------------------------------ the reader
function Reader(sources)
    local list = {}
    for _, source in ipairs(sources) do list[#list + 1] = source end
    local folder = "chapters"
    for _, source in ipairs(list) do
        if source.name:find("%.w$") then folder = source.name:match("^(.*)/[^/]*$") or "." end
    end
    load_book(folder)
    local meta, blocks = {}, P.List()
    if #list == 1 then
        local name = list[1].name:match("([^/]+)%.%a+$")
        single = book.chapters[name] or { name = name }
    end
    for _, source in ipairs(list) do
        local name = source.name:match("([^/]+)%.w$")
        if name and book.chapters[name] then
            blocks:extend((chapter_blocks(book.chapters[name])))
            if single then meta.pagetitle = single.number .. " " .. chapter_title(single) end
        elseif name then
            fail(source.name, 1, "not a chapter: its name begins with a number")
        else
            local more, its = markdown_blocks(source.text)
            blocks:extend(more)
            if single then
                for k, v in pairs(its) do meta[k] = v end
                local first = more[1]
                if not meta.pagetitle and first and first.t == "Header" then meta.pagetitle = P.utils.stringify(first) end
            end
        end
    end
    stop_on_failure()
    if single then                  -- what the navigation of a page needs
        local pages = {}
        pages[1] = { name = "00-preface", number = "", title = "Preface" }
        for _, chapter in ipairs(book.list) do pages[#pages + 1] = { name = chapter.name, number = chapter.number, title = chapter_title(chapter) } end
        pages[#pages + 1] = { name = "names", number = "", title = "Names of the sections" }
        pages[#pages + 1] = { name = "identifiers", number = "", title = "Index" }
        local nav = {}
        for n, p in ipairs(pages) do
            local m = { href = p.name .. ".html", number = p.number, title = p.title }
            if p.name == single.name then
                m.current = true
                if pages[n - 1] then meta.previous = { href = pages[n - 1].name .. ".html", title = pages[n - 1].title } end
                if pages[n + 1] then meta.next = { href = pages[n + 1].name .. ".html", title = pages[n + 1].title } end
            end
            nav[n] = m
        end
        meta.pages = nav
    end
    return P.Pandoc(blocks, meta)
end
