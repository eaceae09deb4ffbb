-- Raises all alerts of one version of one article: as a whole, and each alert once.
-- KEYS: 1 alerts stream, 2 newest version handled of the article, 3 endpoints by next time
-- ARGV: 1 prefix, 2 pub/sub prefix, 3 now (ms), 4 dedupe horizon (s), 5 row horizon (s), 6 stream length,
--       7 version, 8 "1" to remember the version, 9 keys of the alerts, 10 the alerts (both msgpack)
-- An alert is {id, subscription, areas, countries, pairs, title, url, its JSON, names to publish under, deliveries};
-- a delivery is {id, endpoint, kind, address}. Answer: "stale", or the ids of the alerts that are new.
-- Commands are few and plain on purpose: each costs more than the work around it.
local prefix, now, horizon, keep = ARGV[1], ARGV[3], ARGV[4], ARGV[6]
local call = redis.call
local known = tonumber(call('GET', KEYS[2]) or '-1')
local version = tonumber(ARGV[7])
if version < known then return 'stale' end
if ARGV[8] == '1' and version > known then call('SET', KEYS[2], ARGV[7], 'EX', horizon) end

local endpoints = {}

local function deliver(alert, delivery)
  local row, endpoint = prefix .. 'delivery:' .. delivery[1], delivery[2]
  call('HSET', row, 'alert_id', alert[1], 'alert', alert[8], 'subscription', alert[2], 'endpoint', endpoint,
    'kind', delivery[3], 'address', delivery[4], 'state', 'waiting', 'attempts', '0')
  call('EXPIRE', row, ARGV[5])
  call('ZADD', prefix .. 'deliveries:due:' .. endpoint, 'NX', now, delivery[1])
  if not endpoints[endpoint] then
    endpoints[endpoint] = true
    call('ZADD', KEYS[3], 'LT', now, endpoint)
    call('HSET', prefix .. 'endpoint:' .. endpoint, 'kind', delivery[3], 'address', delivery[4])
  end
end

local function raise(alert, key)
  local entry = call('XADD', KEYS[1], 'MAXLEN', '~', keep, '*', 'id', alert[1], 'subscription', alert[2],
    'areas', alert[3], 'countries', alert[4], 'pairs', alert[5], 'title', alert[6], 'url', alert[7], 'json', alert[8])
  call('SET', key, entry, 'EX', horizon)
  for _, delivery in ipairs(alert[10]) do deliver(alert, delivery) end
  for _, name in ipairs(alert[9]) do call('PUBLISH', ARGV[2] .. name, alert[8]) end
end

local keys, fresh = cmsgpack.unpack(ARGV[9]), {}
if #keys == 0 then return fresh end
local new = {}
local some = false
for first = 1, #keys, 1000 do  -- Lua's unpack takes some thousand values at most
  local last = math.min(first + 999, #keys)
  for i, entry in ipairs(call('MGET', unpack(keys, first, last))) do
    new[first + i - 1] = not entry
    some = some or not entry
  end
end
if not some then return fresh end
for i, alert in ipairs(cmsgpack.unpack(ARGV[10])) do
  if new[i] then
    raise(alert, keys[i])
    fresh[#fresh + 1] = alert[1]
  end
end
return fresh
