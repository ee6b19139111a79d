-- Values as JSON. A table with a field 1, or an empty one made by json.list, is an array; keys are sorted.
local json = {}
local LIST = {}

function json.list(t) return setmetatable(t or {}, LIST) end

local ESCAPE = { ['"'] = '\\"', ["\\"] = "\\\\", ["\n"] = "\\n", ["\t"] = "\\t", ["\r"] = "\\r" }
local function quoted(s)
    return '"' .. s:gsub('[%c"\\]', function(c) return ESCAPE[c] or ("\\u%04x"):format(c:byte()) end) .. '"'
end

local function put(out, v, indent)
    local kind = type(v)
    if kind == "string" then out[#out + 1] = quoted(v)
    elseif kind == "number" then out[#out + 1] = math.type(v) == "integer" and ("%d"):format(v) or ("%.17g"):format(v)
    elseif kind ~= "table" then out[#out + 1] = tostring(v)
    else
        local list = v[1] ~= nil or getmetatable(v) == LIST
        local keys = {}
        if not list then for k in pairs(v) do keys[#keys + 1] = k end; table.sort(keys) end
        local n = list and #v or #keys
        -- the outer levels a line an entry, what is inside of them in one
        local inner = indent and (indent < 2 and indent + 1) or nil
        local line = inner and "\n" .. (" "):rep(inner) or ""
        out[#out + 1] = list and "[" or "{"
        for k = 1, n do
            if k > 1 then out[#out + 1] = "," end
            if n > 0 then out[#out + 1] = line end
            if not list then out[#out + 1] = quoted(keys[k]) .. ":" end
            put(out, v[list and k or keys[k]], inner)
        end
        if n > 0 and inner then out[#out + 1] = "\n" .. (" "):rep(indent) end
        out[#out + 1] = list and "]" or "}"
    end
end

function json.encode(v)
    local out = {}
    put(out, v, 0)
    return table.concat(out) .. "\n"
end

return json
