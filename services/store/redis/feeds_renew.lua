#!lua flags=allow-oom
-- Prolongs leases whose token is still the last one.   KEYS: due, token   ARGV: url, token, until ...
for i = 1, #ARGV, 3 do
  if redis.call('HGET', KEYS[2], ARGV[i]) == ARGV[i + 1] then
    redis.call('ZADD', KEYS[1], 'XX', ARGV[i + 2], ARGV[i])
  end
end
return 1
