-- Takes a host's next free moment.   KEYS: next   ARGV: host, now, spacing
local free = math.max(tonumber(ARGV[2]), tonumber(redis.call('HGET', KEYS[1], ARGV[1]) or '0'))
redis.call('HSET', KEYS[1], ARGV[1], string.format('%.4f', free + tonumber(ARGV[3])))
return string.format('%.4f', free)
