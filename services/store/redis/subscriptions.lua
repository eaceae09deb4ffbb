-- Changes subscriptions and the revision together.
-- KEYS: 1 hash id → document, 2 revision, 3 the owner's ids (replace, put)
-- ARGV: 1 operation, 2 prefix of the owners' sets, then
--   replace: 3 {{id, document} ...} (msgpack) → {"taken", id ...} | {"changed"|"same"}
--   put:     the same, with one
--   remove:  3 id, 4 owner → {"changed"|"same"}
local operation = ARGV[1]

local function changed()
  redis.call('INCR', KEYS[2])
  return { 'changed' }
end

if operation == 'remove' then
  redis.call('SREM', ARGV[2] .. ARGV[4], ARGV[3])
  if redis.call('HDEL', KEYS[1], ARGV[3]) == 0 then return { 'same' } end
  return changed()
end

local documents, taken = cmsgpack.unpack(ARGV[3]), { 'taken' }
for _, each in ipairs(documents) do
  if redis.call('HEXISTS', KEYS[1], each[1]) == 1 and redis.call('SISMEMBER', KEYS[3], each[1]) == 0 then
    taken[#taken + 1] = each[1]
  end
end
if #taken > 1 then return taken end

local differs, kept = false, {}
for _, each in ipairs(documents) do
  kept[each[1]] = true
  if redis.call('HGET', KEYS[1], each[1]) ~= each[2] then
    redis.call('HSET', KEYS[1], each[1], each[2])
    redis.call('SADD', KEYS[3], each[1])
    differs = true
  end
end
if operation == 'replace' then
  for _, id in ipairs(redis.call('SMEMBERS', KEYS[3])) do
    if not kept[id] then
      redis.call('SREM', KEYS[3], id)
      redis.call('HDEL', KEYS[1], id)
      differs = true
    end
  end
end
return differs and changed() or { 'same' }
