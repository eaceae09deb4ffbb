-- Raises all alerts of one version of one article: as a whole, and each alert once.
-- KEYS: 1 alerts stream, 2 newest version handled of the article, 3 endpoints by next time
-- ARGV: 1 prefix, 2 pub/sub prefix, 3 now (ms), 4 dedupe horizon (s), 5 row horizon (s), 6 stream length,
--       7 version, 8 "1" to remember the version, 9 alerts (msgpack)
-- An alert is {id, stream fields, names to publish under, its JSON, its subscription, deliveries};
-- a delivery is {id, endpoint, kind, address}. Answer: "stale", or the ids of the alerts that are new.
local prefix, now, horizon = ARGV[1], ARGV[3], ARGV[4]
local known = tonumber(redis.call('GET', KEYS[2]) or '-1')
local version = tonumber(ARGV[7])
if version < known then return 'stale' end
if ARGV[8] == '1' and version > known then redis.call('SET', KEYS[2], ARGV[7], 'EX', horizon) end

local fresh = {}
for _, alert in ipairs(cmsgpack.unpack(ARGV[9])) do
  local id, fields, names, json, subscription, deliveries = unpack(alert)
  local key = prefix .. 'alert:' .. id
  if redis.call('EXISTS', key) == 0 then
    local entry = redis.call('XADD', KEYS[1], 'MAXLEN', '~', ARGV[6], '*', unpack(fields))
    redis.call('SET', key, entry, 'EX', horizon)
    for _, delivery in ipairs(deliveries) do
      local row, endpoint = prefix .. 'delivery:' .. delivery[1], delivery[2]
      redis.call('HSET', row, 'alert_id', id, 'alert', json, 'subscription', subscription, 'endpoint', endpoint,
        'kind', delivery[3], 'address', delivery[4], 'state', 'waiting', 'attempts', '0')
      redis.call('EXPIRE', row, ARGV[5])
      redis.call('ZADD', prefix .. 'deliveries:due:' .. endpoint, 'NX', now, delivery[1])
      redis.call('ZADD', KEYS[3], 'LT', now, endpoint)
      redis.call('HSETNX', prefix .. 'endpoint:' .. endpoint, 'kind', delivery[3])
      redis.call('HSETNX', prefix .. 'endpoint:' .. endpoint, 'address', delivery[4])
    end
    for _, name in ipairs(names) do redis.call('PUBLISH', ARGV[2] .. name, json) end
    fresh[#fresh + 1] = id
  end
end
return fresh
