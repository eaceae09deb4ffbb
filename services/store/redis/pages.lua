-- The page queue: one script, so that each step is a whole.
-- KEYS: due, page, token, version, tokens   ARGV: what, then as below
local due, page_of, token_of, version_of = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local what = ARGV[1]
if what == 'add' then -- now, then id, version, page ...
  for i = 3, #ARGV, 3 do
    local known = tonumber(redis.call('HGET', version_of, ARGV[i]) or '0')
    if known < tonumber(ARGV[i + 1]) then
      redis.call('HSET', page_of, ARGV[i], ARGV[i + 2])
      redis.call('HSET', version_of, ARGV[i], ARGV[i + 1])
      redis.call('HSET', token_of, ARGV[i], 0)
      redis.call('ZADD', due, ARGV[2], ARGV[i])
    end
  end
  return 1
end
if what == 'claim' then -- now, limit, until
  local taken = {}
  for _, id in ipairs(redis.call('ZRANGEBYSCORE', due, '-inf', ARGV[2], 'LIMIT', 0, tonumber(ARGV[3]))) do
    local token = redis.call('INCR', KEYS[5])
    redis.call('HSET', token_of, id, token)
    redis.call('ZADD', due, ARGV[4], id)
    taken[#taken + 1] = { redis.call('HGET', page_of, id), token }
  end
  return taken
end
if what == 'settle' then -- id, token, page or nothing, due
  if redis.call('HGET', token_of, ARGV[2]) ~= ARGV[3] then return 0 end
  if ARGV[4] == '' then
    redis.call('ZREM', due, ARGV[2])
    for i = 2, 4 do redis.call('HDEL', KEYS[i], ARGV[2]) end
  else
    redis.call('HSET', page_of, ARGV[2], ARGV[4])
    redis.call('HSET', token_of, ARGV[2], 0)
    redis.call('ZADD', due, ARGV[5], ARGV[2])
  end
  return 1
end
-- hurry: ids
local moved = 0
for i = 2, #ARGV do
  if redis.call('HGET', token_of, ARGV[i]) == '0' then
    redis.call('ZADD', due, 'XX', 0, ARGV[i])
    moved = moved + 1
  end
end
return moved
