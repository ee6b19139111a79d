-- Files, strings and complaints: what every program of the press needs.
local text = {}

function text.read(path)            -- nil when there is no such file
    local f = io.open(path, "rb")
    if not f then return nil end
    local s = f:read("a")
    f:close()
    return s
end

function text.need(path)            -- or stop
    local s = text.read(path)
    if s then return s end
    io.stderr:write(path, ": cannot be read\n")
    os.exit(2)
end

function text.write(path, s)        -- an unchanged file keeps its time stamp
    if text.read(path) == s then return end
    local f = assert(io.open(path .. ".tmp", "wb"))
    f:write(s)
    f:close()
    assert(os.rename(path .. ".tmp", path))
end

function text.strip(s) return (s:gsub("^%s+", ""):gsub("%s+$", "")) end
function text.squeeze(s) return (text.strip(s):gsub("%s+", " ")) end

function text.sorted(t)             -- the keys of a table
    local list = {}
    for k in pairs(t) do list[#list + 1] = k end
    table.sort(list)
    return list
end

function text.files(folder, ending) -- names in a folder, sorted; with an ending, which is taken off
    local list, pipe = {}, io.popen("ls '" .. folder .. "' 2>/dev/null")
    for file in pipe:lines() do
        if not ending then list[#list + 1] = file
        elseif #file > #ending and file:sub(-#ending) == ending then list[#list + 1] = file:sub(1, -#ending - 1) end
    end
    pipe:close()
    table.sort(list)
    return list
end

-- Complaints are gathered, so that one run names all of them, each with its file and line.
local complaints = {}
text.complaints = complaints

function text.complain(file, line, ...)
    complaints[#complaints + 1] = { file = file, line = line, said = string.format(...) }
end

function text.stop_on_complaints()
    if #complaints == 0 then return end
    table.sort(complaints, function(a, b)
        if a.file ~= b.file then return a.file < b.file end
        if a.line ~= b.line then return a.line < b.line end
        return a.said < b.said
    end)
    local last
    for _, c in ipairs(complaints) do
        local said = ("%s:%d: %s\n"):format(c.file, c.line, c.said)
        if said ~= last then io.stderr:write(said) end
        last = said
    end
    os.exit(1)
end

return text
