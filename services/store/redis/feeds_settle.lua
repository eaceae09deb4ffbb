-- Ends a lease: state, due time and the memory of articles move together, or not at all when the lease was lost.
-- KEYS: due, state, token, noted, host, next, paused
-- ARGV: url, token, state, due, read, host, pause until, never, memory prefix, milliseconds, then id, memory, feed ...
local url = ARGV[1]
if redis.call('HGET', KEYS[3], url) ~= ARGV[2] or not redis.call('ZSCORE', KEYS[1], url) then return 0 end
redis.call('HSET', KEYS[3], url, 0) -- a late renewal or a second settling changes nothing
redis.call('HSET', KEYS[2], url, ARGV[3])
local due = redis.call('SISMEMBER', KEYS[7], url) == 1 and ARGV[8] or ARGV[4]
redis.call('ZADD', KEYS[1], due, url)
if ARGV[5] == '1' then redis.call('HDEL', KEYS[4], url) end
local host = redis.call('HGET', KEYS[5], url) or ''
if host ~= '' then
  if ARGV[6] ~= '' then
    host = ARGV[6]
    redis.call('HSET', KEYS[5], url, host)
  end
  local free = tonumber(redis.call('HGET', KEYS[6], host) or '0')
  if tonumber(ARGV[7]) > free then redis.call('HSET', KEYS[6], host, ARGV[7]) end
end
for i = 11, #ARGV, 3 do
  local key = ARGV[9] .. ARGV[i]
  local known = redis.call('GET', key)
  -- An article belongs to the feed that brought it first: another feed's memory of it is not overwritten.
  if not known or cjson.decode(known)[1] == ARGV[i + 2] then
    redis.call('SET', key, ARGV[i + 1], 'PX', ARGV[10])
  end
end
return 1
