-- What a piece of C at file level declares.
local declarations = {}

declarations.KEYWORDS = {}
for w in ([[auto break case const continue default do else enum extern for goto if inline register restrict return sizeof
    static struct switch typedef union volatile while _Alignas _Alignof _Atomic _Generic _Noreturn _Static_assert
    _Thread_local _Pragma]]):gmatch("%S+") do declarations.KEYWORDS[w] = true end
declarations.TYPES = {}
for w in ([[void char short int long float double signed unsigned bool size_t ptrdiff_t int8_t uint8_t int16_t uint16_t
    int32_t uint32_t int64_t uint64_t FILE gp_real time_t va_list]]):gmatch("%S+") do declarations.TYPES[w] = true end

local KEYWORDS, TYPES = declarations.KEYWORDS, declarations.TYPES

-- f(name, kind, is_definition, is_private) for every name that the tokens declare
function declarations.of(tokens, f)
    local chunk, depth = {}, 0
    local in_directive, enum_next = nil, false
    local function find_call(list)  -- the word before the first parenthesis
        for k = 2, #list do
            if list[k] == "(" then
                if list[k + 1] == "*" then return list[k + 2] end
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
    local function take(kind, text)
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
            if depth == 0 and chunk[1] == "extern" and chunk[2] == '"C"' then chunk = {} return end
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
                local name = find_call(chunk)
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
    end
    for _, token in ipairs(tokens) do take(token[1], token[2]) end
end

return declarations
