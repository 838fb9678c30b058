-- Stores controls under the next number, unless somebody else did in between, and drops those that are then too old.
-- KEYS: 1 number, 2 documents; ARGV: 1 the number they follow, 2 document, 3 how many to keep
local number = ARGV[1] + 1
if (redis.call('GET', KEYS[1]) or '0') ~= ARGV[1] then
  -- sent again because the reply was lost: it went through
  return redis.call('HGET', KEYS[2], number) == ARGV[2] and 1 or 0
end
redis.call('SET', KEYS[1], number)
redis.call('HSET', KEYS[2], number, ARGV[2])
redis.call('HDEL', KEYS[2], number - ARGV[3])
return 1
