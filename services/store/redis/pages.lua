-- The page queue: one script, so that each step is a whole.
-- KEYS: due, page, token, version, tokens, host, hurried, and of the feeds: next, busy   ARGV: what, then as below
local due, page_of, token_of, version_of, host_of = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[6]
local hurried, next_of, busy_of = KEYS[7], KEYS[8], KEYS[9]
local what = ARGV[1]
if what == 'add' then -- now, then id, version, page, host ...
  for i = 3, #ARGV, 4 do
    local id = ARGV[i]
    local known = tonumber(redis.call('HGET', version_of, id) or '0')
    if known < tonumber(ARGV[i + 1]) then
      redis.call('HSET', version_of, id, ARGV[i + 1])
      redis.call('HSET', page_of, id, ARGV[i + 2])
      redis.call('HSET', host_of, id, ARGV[i + 3])
      redis.call('HSET', token_of, id, 0)
      redis.call('ZADD', due, redis.call('ZSCORE', hurried, id) and '0' or ARGV[2], id)
    end
  end
  return 1
end
if what == 'claim' then -- now, limit, until
  local taken, seen, start, now, limit = {}, {}, 0, tonumber(ARGV[2]), tonumber(ARGV[3])
  local function free(host)
    if host == '' then return true end
    if seen[host] then return false end
    seen[host] = true
    return tonumber(redis.call('HGET', next_of, host) or '0') <= now
      and tonumber(redis.call('HGET', busy_of, host) or '0') <= now
  end
  -- What waits for its host keeps its place: it is passed over. Twenty thousand are looked at, at most.
  while #taken < limit and start < 20000 do
    local ids = redis.call('ZRANGEBYSCORE', due, '-inf', ARGV[2], 'LIMIT', start, 500)
    if #ids == 0 then break end
    start = start + #ids
    for i, host in ipairs(redis.call('HMGET', host_of, unpack(ids))) do
      if #taken < limit and free(host or '') then
        local id, token = ids[i], redis.call('INCR', KEYS[5])
        redis.call('HSET', token_of, id, token)
        redis.call('ZADD', due, ARGV[4], id)
        if host and host ~= '' then redis.call('HSET', busy_of, host, ARGV[4]) end
        taken[#taken + 1] = { redis.call('HGET', page_of, id), token }
        start = start - 1
      end
    end
  end
  return taken
end
if what == 'renew' then -- until, then id, token ...
  for i = 3, #ARGV, 2 do
    if redis.call('HGET', token_of, ARGV[i]) == ARGV[i + 1] then redis.call('ZADD', due, 'XX', ARGV[2], ARGV[i]) end
  end
  return 1
end
if what == 'settle' then -- id, token, page or nothing, due
  if redis.call('HGET', token_of, ARGV[2]) ~= ARGV[3] then return 0 end
  if ARGV[4] == '' then
    redis.call('ZREM', due, ARGV[2])
    for _, key in ipairs({ page_of, token_of, version_of, host_of }) do redis.call('HDEL', key, ARGV[2]) end
  else
    redis.call('HSET', page_of, ARGV[2], ARGV[4])
    redis.call('HSET', token_of, ARGV[2], 0)
    redis.call('ZADD', due, ARGV[5], ARGV[2])
  end
  return 1
end
-- hurry: now, forgotten before, ids
local moved = 0
redis.call('ZREMRANGEBYSCORE', hurried, '-inf', ARGV[3])
for i = 4, #ARGV do
  local when = redis.call('ZSCORE', due, ARGV[i])
  if not when then
    redis.call('ZADD', hurried, ARGV[2], ARGV[i])
  elseif redis.call('HGET', token_of, ARGV[i]) == '0' and tonumber(when) <= tonumber(ARGV[2]) then
    redis.call('ZADD', due, 'XX', 0, ARGV[i])
    moved = moved + 1
  end
end
return moved
