-- Raises all alerts of one version of one article: as a whole, and each alert once.
-- KEYS: 1 alerts stream, 2 newest version handled of the article, 3 endpoints by next time, 4 alerts raised of the story
-- ARGV: 1 prefix, 2 pub/sub prefix, 3 now (ms), 4 dedupe horizon (s), 5 row horizon (s), 6 stream length,
--       7 version, 8 "1" to remember the version, 9 ids of the alerts, 10 the alerts (both msgpack)
-- An alert is {id, subscription, areas, countries, pairs, title, url, its JSON, names to publish under, deliveries};
-- a delivery is {id, endpoint, kind, address}. Answer: "stale", or the ids of the alerts that are new.
-- The alerts raised of a story are one hash (id → stream entry) with one time to live: a key for each would cost as
-- much as the stream entry itself. Lua's unpack takes some thousand values at most, hence the steps of a thousand.
local prefix, now, horizon, keep = ARGV[1], ARGV[3], ARGV[4], ARGV[6]
local call = redis.call
local ENDPOINT = 366 * 86400  -- an address that was sent nothing for a year is forgotten, with what was known of it
local known = tonumber(call('GET', KEYS[2]) or '-1')
local version = tonumber(ARGV[7])
if version < known then return 'stale' end
if ARGV[8] == '1' and version > known then call('SET', KEYS[2], ARGV[7], 'EX', horizon) end

local endpoints = {}

local function deliver(alert, delivery, entry)
  local row, endpoint = prefix .. 'delivery:' .. delivery[1], delivery[2]
  call('HSET', row, 'alert_id', alert[1], 'alert', alert[8], 'subscription', alert[2], 'endpoint', endpoint,
    'kind', delivery[3], 'address', delivery[4], 'entry', entry, 'state', 'waiting', 'attempts', '0')
  call('EXPIRE', row, ARGV[5])
  call('ZADD', prefix .. 'deliveries:due:' .. endpoint, 'NX', now, delivery[1])
  if not endpoints[endpoint] then
    endpoints[endpoint] = true
    call('ZADD', KEYS[3], 'LT', now, endpoint)
    call('HSET', prefix .. 'endpoint:' .. endpoint, 'kind', delivery[3], 'address', delivery[4])
    call('EXPIRE', prefix .. 'endpoint:' .. endpoint, ENDPOINT)
  end
end

local function raise(alert)
  local entry = call('XADD', KEYS[1], '*', 'id', alert[1], 'subscription', alert[2],
    'areas', alert[3], 'countries', alert[4], 'pairs', alert[5], 'title', alert[6], 'url', alert[7], 'json', alert[8])
  for _, delivery in ipairs(alert[10]) do deliver(alert, delivery, entry) end
  for _, name in ipairs(alert[9]) do call('PUBLISH', ARGV[2] .. name, alert[8]) end
  return entry
end

-- The positions of the ids that have not been raised.
local function unknown(ids)
  local found, some = {}, false
  for first = 1, #ids, 1000 do
    for i, entry in ipairs(call('HMGET', KEYS[4], unpack(ids, first, math.min(first + 999, #ids)))) do
      found[first + i - 1] = not entry
      some = some or not entry
    end
  end
  return some and found
end

local ids, fresh, raised = cmsgpack.unpack(ARGV[9]), {}, {}
local new = unknown(ids)
if not new then return fresh end
for i, alert in ipairs(cmsgpack.unpack(ARGV[10])) do
  if new[i] then
    fresh[#fresh + 1] = alert[1]
    raised[#raised + 1] = alert[1]
    raised[#raised + 1] = raise(alert)
  end
end
for first = 1, #raised, 1000 do
  call('HSET', KEYS[4], unpack(raised, first, math.min(first + 999, #raised)))
end
call('EXPIRE', KEYS[4], horizon)
call('XTRIM', KEYS[1], 'MAXLEN', '~', keep)
return fresh
