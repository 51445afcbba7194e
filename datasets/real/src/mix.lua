local paths = { "/sort", "/json", "/log", "/hash", "/zip", "/zipsync", "/json", "/log", "/missing" }
local i = 0
request = function() i = i + 1; return wrk.format("GET", paths[i % #paths + 1] .. "?n=" .. (i % 97)) end
