-- Makes a feed due now, unless it is paused or leased.   KEYS: due, token, paused   ARGV: url, now
local due = redis.call('ZSCORE', KEYS[1], ARGV[1])
local token = redis.call('HGET', KEYS[2], ARGV[1]) or '0'
if not due or token ~= '0' or redis.call('SISMEMBER', KEYS[3], ARGV[1]) == 1 then return 0 end
if tonumber(due) > tonumber(ARGV[2]) then redis.call('ZADD', KEYS[1], ARGV[2], ARGV[1]) end
return 1
