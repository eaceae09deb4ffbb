#!lua flags=allow-oom
-- Forgets hosts that are free: no moment of theirs lies ahead, so they are as good as unknown.
-- KEYS: next, tail, busy   ARGV: now
for _, key in ipairs(KEYS) do
  local known = redis.call('HGETALL', key)
  for i = 1, #known, 2 do
    if tonumber(known[i + 1]) <= tonumber(ARGV[1]) then redis.call('HDEL', key, known[i]) end
  end
end
return 1
