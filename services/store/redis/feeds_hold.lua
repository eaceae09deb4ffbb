#!lua flags=allow-oom
-- Keeps hosts taken, also on a full server: who is asking them goes on.   KEYS: busy   ARGV: until, host ...
for i = 2, #ARGV do redis.call('HSET', KEYS[1], ARGV[i], ARGV[1]) end
return 1
