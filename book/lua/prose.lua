-- The LaTeX of a section, as far as it is the book's own: commands, |code|, labels, equations.
local cweb = require "cweb"
local text = require "texts"

local prose = {}

-- Prose. `on' is asked about everything that is not plain LaTeX; what it returns goes into the text.
-- Commands that only move things about on paper:
local DROPPED = { noindent = true, small = true, footnotesize = true, medskip = true, bigskip = true, smallskip = true, clearpage = true,
    raggedright = true, centering = true, pagebreak = true, allowbreak = true, sloppy = true, newpage = true }
prose.NUMBERED = { equation = 1, align = 2, gather = 2, multline = 1, eqnarray = 2 }

function prose.scan(s, line, on)
    local out, i, math = {}, 1, false
    local function put(x) out[#out + 1] = x end
    local function here(k) return line + cweb.lines_before(s, k) end
    local function arguments(n, k, what)
        local list, from = {}, k
        for a = 1, n do
            k = s:match("^%s*()", k)
            local arg, after
            if s:sub(k, k) == "{" then arg, after = cweb.group(s, k) end
            if not arg then
                on.fail(here(from), "\\%s wants %d argument%s in braces", what, n, n == 1 and "" or "s")
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
                local entry, after = cweb.control_text(s, i + 1)
                on.entry(d, entry, here(at))
                i = after
            elseif d == "!" then i = i + 1
            elseif d == "q" then i = select(2, cweb.control_text(s, i + 1))
            else on.fail(here(at), "@%s has no place in prose", d); i = i + 1 end
        elseif c == "|" then
            local code, after = cweb.bars(s, at)
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
                elseif word == "hspace" or word == "vspace" then
                    i = s:match("^%*?%s*%b{}()", after) or after
                    put(word == "hspace" and "~~" or "")
                elseif DROPPED[word] then i = s:match("^[ \t]*\n?[ \t]*()", after)
                elseif word == "ref" or word == "eqref" or word == "label" or word == "claim" or word == "cell" or word == "index" then
                    args, i = arguments(1, after, word)
                    if args then put(on[word](text.strip(args[1]), here(at))) end
                elseif word == "plot" or word == "outtable" then
                    args, i = arguments(2, after, word)
                    if args then put(on[word](text.strip(args[1]), args[2], here(at))) end
                elseif word == "val" then
                    args, i = arguments(2, after, word)
                    if args then put(on.val(text.strip(args[1]), text.strip(args[2]), here(at), math)) end
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
                    elseif word == "begin" and prose.NUMBERED[(env or ""):gsub("%*$", "")] then
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

function prose.rows(env, body)      -- the labels of an equation's rows; false where a row has no number
    local starred, list = env:find("%*$"), {}
    local pieces = {}
    if prose.NUMBERED[env:gsub("%*$", "")] == 2 then
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

return prose
