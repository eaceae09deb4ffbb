#!lua flags=allow-oom
-- Claims and settles deliveries, also on a full server: settling frees more than it takes, and what could not be
-- settled would be sent again. All times in milliseconds.
-- KEYS: 1 endpoints by the time at which there is something to do for them
-- ARGV: 1 operation, 2 prefix, 3 now, 4 claims at a time per endpoint, then the operation's own
--   claim:     5 token, 6 limit, 7 lease, 8 row horizon (s)             → {{id, field, value ...} ...}
--   settle:    5 token, 6 failures before a hold, 7 length of a hold, 8 row horizon (s), 9 settlement (msgpack) → 1|0
--   resume:    5 endpoint                                               → 1|0
--   redeliver: 5 delivery, 6 alert's JSON, 7 row horizon (s)            → 1|0
-- An endpoint's queue is a sorted set of delivery ids by due time (a claimed one is due again when its lease ends),
-- and a sorted set of the claims by the end of their lease.
local prefix, now = ARGV[2], tonumber(ARGV[3])
local LOOK_AGAIN = 3600000  -- a paused endpoint's old rows are swept once an hour
local DELIVERED = 86400  -- seconds that a delivered row is kept: most are, and nobody looks at them

local function due_key(endpoint) return prefix .. 'deliveries:due:' .. endpoint end
local function busy_key(endpoint) return prefix .. 'deliveries:busy:' .. endpoint end

local function health(endpoint)
  local found = redis.call('HMGET', prefix .. 'endpoint:' .. endpoint, 'paused', 'open_until', 'failures')
  return found[1], tonumber(found[2] or '0'), tonumber(found[3] or '0')
end

-- Claims that the endpoint may have more; a doubtful endpoint is probed with one at a time.
local function room(endpoint, failures)
  local busy = busy_key(endpoint)
  redis.call('ZREMRANGEBYSCORE', busy, '-inf', now)
  local cap = tonumber(ARGV[4])
  if failures > 0 then cap = 1 end
  return cap - redis.call('ZCARD', busy)
end

-- Notes when the endpoint is worth a look again.
local function schedule(endpoint)
  local first = redis.call('ZRANGE', due_key(endpoint), 0, 0, 'WITHSCORES')
  if not first[2] then
    redis.call('ZREM', KEYS[1], endpoint)
    return
  end
  local paused, open_until, failures = health(endpoint)
  local at = math.max(tonumber(first[2]), open_until)
  if paused then
    at = now + LOOK_AGAIN
  elseif room(endpoint, failures) <= 0 then
    local busy = redis.call('ZRANGE', busy_key(endpoint), 0, 0, 'WITHSCORES')
    at = math.max(at, tonumber(busy[2]))
  end
  redis.call('ZADD', KEYS[1], string.format('%.0f', at), endpoint)
end

local function claim_from(endpoint, token, most, lease, into)
  local paused, open_until, failures = health(endpoint)
  if paused then  -- what nobody resumed in time is gone with its row
    redis.call('ZREMRANGEBYSCORE', due_key(endpoint), '-inf', string.format('%.0f', now - 1000 * tonumber(ARGV[8])))
  end
  if paused or open_until > now then return end
  most = math.min(most, room(endpoint, failures))
  if most <= 0 then return end
  for _, id in ipairs(redis.call('ZRANGEBYSCORE', due_key(endpoint), '-inf', now, 'LIMIT', 0, most)) do
    local row = prefix .. 'delivery:' .. id
    if redis.call('EXISTS', row) == 0 then
      redis.call('ZREM', due_key(endpoint), id)  -- its row has outlived its horizon
    else
      redis.call('ZADD', due_key(endpoint), string.format('%.0f', now + lease), id)
      redis.call('ZADD', busy_key(endpoint), string.format('%.0f', now + lease), id)
      redis.call('HSET', row, 'claim', token)
      local fields = redis.call('HGETALL', row)
      table.insert(fields, 1, id)
      into[#into + 1] = fields
    end
  end
end

local function claim()
  local limit, claimed = tonumber(ARGV[6]), {}
  for _, endpoint in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now, 'LIMIT', 0, limit)) do
    if #claimed >= limit then break end
    claim_from(endpoint, ARGV[5], limit - #claimed, tonumber(ARGV[7]), claimed)
    schedule(endpoint)
  end
  return claimed
end

-- What an attempt says of its endpoint.
local function note_health(endpoint, done)
  local key = prefix .. 'endpoint:' .. endpoint
  if done.verdict == 'delivered' then
    redis.call('HDEL', key, 'failures', 'open_until')
  elseif done.tried == 1 and done.verdict ~= 'cancelled' then
    local failures = redis.call('HINCRBY', key, 'failures', 1)
    local open_until = tonumber(done.hold_until)
    if failures >= tonumber(ARGV[6]) then open_until = math.max(open_until, now + tonumber(ARGV[7])) end
    if open_until > now then redis.call('HSET', key, 'open_until', string.format('%.0f', open_until)) end
    if done.gone == 1 then redis.call('HSET', key, 'paused', done.detail) end
  end
end

local function note_attempt(id, row, done)
  if done.tried == 0 then return end
  local log = prefix .. 'attempts:' .. id
  redis.call('RPUSH', log, done.attempt)
  redis.call('LTRIM', log, -20, -1)
  redis.call('EXPIRE', log, ARGV[8])
  redis.call('HINCRBY', row, 'attempts', 1)
end

local function settle()
  local done = cmsgpack.unpack(ARGV[9])
  local id, row = done.id, prefix .. 'delivery:' .. done.id
  local found = redis.call('HMGET', row, 'claim', 'endpoint', 'state')
  if not found[2] then return 0 end
  local endpoint = found[2]
  note_attempt(id, row, done)
  if found[1] ~= ARGV[5] or found[3] ~= 'waiting' then return 0 end
  redis.call('HDEL', row, 'claim')
  redis.call('EXPIRE', row, ARGV[8])
  redis.call('ZREM', busy_key(endpoint), id)
  note_health(endpoint, done)
  if done.verdict == 'again' or done.verdict == 'released' then
    redis.call('ZADD', due_key(endpoint), done.due, id)
  else
    redis.call('ZREM', due_key(endpoint), id)
    redis.call('HSET', row, 'state', done.verdict)
    if done.verdict == 'delivered' then
      redis.call('HDEL', row, 'alert')
      local short = string.format('%d', math.min(DELIVERED, tonumber(ARGV[8])))
      redis.call('EXPIRE', row, short)
      redis.call('EXPIRE', prefix .. 'attempts:' .. id, short)
    else
      local ended = prefix .. 'deliveries:' .. done.verdict
      redis.call('ZADD', ended, now, id)
      redis.call('ZREMRANGEBYSCORE', ended, '-inf', string.format('%.0f', now - 1000 * tonumber(ARGV[8])))
    end
  end
  schedule(endpoint)
  return 1
end

local function resume()
  local endpoint = ARGV[5]
  local lifted = redis.call('HDEL', prefix .. 'endpoint:' .. endpoint, 'paused', 'open_until', 'failures')
  for _, id in ipairs(redis.call('ZRANGEBYSCORE', due_key(endpoint), now, '+inf')) do
    if not redis.call('ZSCORE', busy_key(endpoint), id) then redis.call('ZADD', due_key(endpoint), now, id) end
  end
  schedule(endpoint)
  return lifted > 0 and 1 or 0
end

local function redeliver()
  local id, row = ARGV[5], prefix .. 'delivery:' .. ARGV[5]
  local found = redis.call('HMGET', row, 'state', 'endpoint')
  if not found[1] or found[1] == 'waiting' then return 0 end
  redis.call('HSET', row, 'state', 'waiting', 'alert', ARGV[6], 'attempts', '0')
  redis.call('EXPIRE', row, ARGV[7])
  redis.call('ZREM', prefix .. 'deliveries:' .. found[1], id)
  redis.call('ZADD', due_key(found[2]), now, id)
  schedule(found[2])
  return 1
end

local operations = { claim = claim, settle = settle, resume = resume, redeliver = redeliver }
return operations[ARGV[1]]()
