-- Remembers what is about to be appended, if the lease still holds.
-- KEYS: due, token, noted   ARGV: url, token, versions
if redis.call('HGET', KEYS[2], ARGV[1]) ~= ARGV[2] or not redis.call('ZSCORE', KEYS[1], ARGV[1]) then return 0 end
redis.call('HSET', KEYS[3], ARGV[1], ARGV[3])
return 1
