-- What wrk asks: SIDE is "ours" or "bare", KIND get page search create.
-- IDS is a file of record ids, one a line; TOKEN goes with every request.
local side, kind = os.getenv("SIDE"), os.getenv("KIND")
local ours = side == "ours"
local states = {"new", "active", "qualified", "customer", "lost"}
local syllables = {"ba", "ker", "mon", "ta", "ri", "sol", "van", "der", "lin",
  "go", "mar", "tes", "pol", "ham", "wel", "ford", "ston", "ley", "hu", "bre",
  "cas", "dor", "fen", "gil", "jor", "kin", "lam", "nor", "pet", "qui", "ros",
  "zam"}
local threads = 0

function setup(thread)
  thread:set("number", threads)
  threads = threads + 1
end

local function any(list) return list[math.random(#list)] end
local function word(n)
  local s = ""
  for _ = 1, n do s = s .. any(syllables) end
  return s
end

local ask = {}

function ask.get()
  if ours then return wrk.format("GET", "/api/v1/bench/contact/" .. any(ids)) end
  return wrk.format("GET", "/get/" .. math.random(100000))
end

function ask.page()
  local state = any(states)
  if ours then
    return wrk.format("GET", "/api/v1/bench/contact?filter=status%20=%20'" ..
      state .. "'&sort=last_name&limit=50")
  end
  return wrk.format("GET", "/list?status=" .. state)
end

function ask.search()
  return wrk.format("GET", (ours and "/api/v1/search?limit=50&q=" or
    "/find?q=") .. word(3))
end

local made = 0
function ask.create()
  made = made + 1
  local last, company = word(2), word(3)
  local body = string.format(
    '{"first_name":"Helen","last_name":"%s","email":"h.%s%d@%s.example",' ..
    '"phone":"+1555%03d%04d","mobile":"+49170%07d","company":"%s Group",' ..
    '"job_title":"Manager","department":"Sales","street":"%d ford Street",' ..
    '"city":"Berlin","state":"S%02d","zip":"%05d","country":"Germany",' ..
    '"website":"https://www.%s.example","status":"%s","source":"web",' ..
    '"score":%d,"revenue":%d.25,"birthday":"1984-05-17","notes":"prefers ' ..
    'email call after quarter budget approved waiting for contract renewal"}',
    last, last, made + number * 1000000, company, math.random(999),
    math.random(9999), math.random(9999999), company, math.random(999),
    math.random(50), math.random(99999), company, any(states),
    math.random(100), math.random(1000000))
  return wrk.format("POST", ours and "/api/v1/bench/contact" or "/create", nil,
    body)
end

function init()
  math.randomseed(1234 + number * 7919)
  wrk.headers["Content-Type"] = "application/json"
  if ours then wrk.headers["Authorization"] = "Bearer " .. os.getenv("TOKEN") end
  ids = {}
  if ours and kind == "get" then
    for line in io.lines(os.getenv("IDS")) do ids[#ids + 1] = line end
  end
  request = ask[kind]
end
