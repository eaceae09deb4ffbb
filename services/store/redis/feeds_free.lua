#!lua flags=allow-oom
-- Frees hosts: each may be asked again from its moment on.   KEYS: next, busy   ARGV: host, moment ...
for i = 1, #ARGV, 2 do
  redis.call('HDEL', KEYS[2], ARGV[i])
  if tonumber(ARGV[i + 1]) > tonumber(redis.call('HGET', KEYS[1], ARGV[i]) or '0') then
    redis.call('HSET', KEYS[1], ARGV[i], ARGV[i + 1])
  end
end
return 1
