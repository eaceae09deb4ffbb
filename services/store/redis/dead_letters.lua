#!lua flags=allow-oom
-- Closes dead letters and removes old ones, also on a full server: both free more than they take.
-- KEYS: 1 letters, 2 ids by the time of their failure, 3 ids of closed ones by the time of closing
-- ARGV: 1 operation, then the operation's own
--   close:  2 id, 3 the letter as it was read, 4 the letter as it shall be, 5 now     → 1; 0: it has changed meanwhile
--   expire: 2 closed before this go, 3 letters that are kept at most                  → {closed ones, open ones} removed
local letters, by_time, closed = KEYS[1], KEYS[2], KEYS[3]
local BATCH = 1000  -- of one call: a server with a long backlog goes on answering others

local function close()
  if redis.call('HGET', letters, ARGV[2]) ~= ARGV[3] then return 0 end
  redis.call('HSET', letters, ARGV[2], ARGV[4])
  redis.call('ZADD', closed, ARGV[5], ARGV[2])
  return 1
end

local function remove(ids)
  for _, id in ipairs(ids) do
    redis.call('HDEL', letters, id)
    redis.call('ZREM', by_time, id)
    redis.call('ZREM', closed, id)
  end
  return #ids
end

local function expire()
  local old = remove(redis.call('ZRANGEBYSCORE', closed, '-inf', ARGV[2], 'LIMIT', 0, BATCH))
  local over = math.min(redis.call('ZCARD', by_time) - tonumber(ARGV[3]), BATCH)
  if over > 0 then
    local found = remove(redis.call('ZRANGE', closed, 0, over - 1))
    old, over = old + found, over - found
  end
  local open = over > 0 and remove(redis.call('ZRANGE', by_time, 0, over - 1)) or 0
  return { old, open }
end

if ARGV[1] == 'close' then return close() end
return expire()
