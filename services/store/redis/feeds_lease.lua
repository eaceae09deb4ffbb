-- Leases feeds that are due. One script, so that no two pollers take the same feed or crowd one host.
-- KEYS: due, host, next, tail, token, noted, info, state, counter, pushed, busy, placed
-- ARGV: now, limit, longest, spacing, scan, shortest, first, hold, soon
local due, host_of, next_of, tail_of = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local busy_of, placed = KEYS[11], KEYS[12]
local now, limit, spacing, hold = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[4]), tonumber(ARGV[8])
local taken = {}
local found = redis.call('ZRANGEBYSCORE', due, '-inf', ARGV[1], 'WITHSCORES', 'LIMIT', 0, tonumber(ARGV[5]))
for i = 1, #found, 2 do
  if #taken >= limit then break end
  local url = found[i]
  local host = redis.call('HGET', host_of, url) or ''
  local free = host ~= '' and tonumber(redis.call('HGET', next_of, host) or '0') or 0
  local busy = host ~= '' and tonumber(redis.call('HGET', busy_of, host) or '0') > now
  if (free > now or busy) and redis.call('SISMEMBER', placed, url) == 1 then
    -- Its own moment has come, and the host is still being asked: it keeps its turn.
    if busy then free = math.max(free, now + spacing / tonumber(ARGV[9])) end
    redis.call('ZADD', due, string.format('%.4f', free), url)
  elseif free > now or busy then
    -- The host is not free: a due time of its own behind the others that wait for it.
    local slot = math.max(free, tonumber(redis.call('HGET', tail_of, host) or '0'), busy and now + spacing or 0)
    redis.call('ZADD', due, string.format('%.4f', slot), url)
    redis.call('HSET', tail_of, host, string.format('%.4f', slot + spacing))
    redis.call('SADD', placed, url)
  else
    if host ~= '' then
      redis.call('HSET', next_of, host, string.format('%.4f', now + spacing))
      if hold > 0 then redis.call('HSET', busy_of, host, string.format('%.4f', now + hold)) end
    end
    redis.call('SREM', placed, url)
    local state = redis.call('HGET', KEYS[8], url) or ''
    local interval = state ~= '' and cjson.decode(state)['interval'] or tonumber(ARGV[7])
    local seconds = math.min(tonumber(ARGV[3]), math.max(tonumber(ARGV[6]), interval))
    redis.call('ZADD', due, string.format('%.4f', now + seconds), url)
    local token = redis.call('INCR', KEYS[9]) -- never the same twice, even when a feed leaves and comes back
    redis.call('HSET', KEYS[5], url, token)
    taken[#taken + 1] = {
      redis.call('HGET', KEYS[7], url), state,
      token, found[i + 1], redis.call('HGET', KEYS[6], url) or '',
      redis.call('HGET', KEYS[10], url) or '', host,
    }
  end
end
return taken
