-- texlua book/web/stamp.lua FILE.epub: every file in the archive gets the time SOURCE_DATE_EPOCH, so that the same book has the same bytes.
local path = arg[1]
local f = assert(io.open(path, "rb"))
local s = f:read("a")
f:close()
local t = os.date("!*t", tonumber(os.getenv("SOURCE_DATE_EPOCH") or "") or 1790000000)
local stamp = string.pack("<I2I2", t.hour << 11 | t.min << 5 | t.sec // 2, t.year - 1980 << 9 | t.month << 5 | t.day)
local tail = assert(s:match(".*()PK\5\6"), path .. " is no archive")
local count, _, at = string.unpack("<I2I4I4", s, tail + 10)
local places = {}                   -- where the times stand: in the directory and before each file
at = at + 1
for _ = 1, count do
    assert(s:sub(at, at + 3) == "PK\1\2", path .. ": the directory of the archive is broken")
    local name, extra, comment = string.unpack("<I2I2I2", s, at + 28)
    places[#places + 1] = at + 12
    places[#places + 1] = string.unpack("<I4", s, at + 42) + 1 + 10
    at = at + 46 + name + extra + comment
end
table.sort(places)
local out, from = {}, 1
for _, p in ipairs(places) do
    out[#out + 1] = s:sub(from, p - 1)
    out[#out + 1] = stamp
    from = p + 4
end
out[#out + 1] = s:sub(from)
f = assert(io.open(path, "wb"))
f:write(table.concat(out))
f:close()
