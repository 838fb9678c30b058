-- Stores a rulebook under the next number, unless somebody published in between, and drops the one that is then too old.
-- KEYS: 1 head ("number digest"), 2 entries, 3 digests of entries, 4 files by digest
-- ARGV: 1 the head it follows, 2 entry, 3 digest, 4 files, 5 how many to keep
local head = redis.call('GET', KEYS[1]) or '0 '
local number = tonumber(string.match(ARGV[1], '^%d+')) + 1
if head ~= ARGV[1] then
  -- sent again because the reply was lost: it went through
  return redis.call('HGET', KEYS[2], number) == ARGV[2] and 1 or 0
end
redis.call('SET', KEYS[1], number .. ' ' .. ARGV[3])
redis.call('HSET', KEYS[2], number, ARGV[2])
redis.call('HSET', KEYS[3], number, ARGV[3])
redis.call('HSETNX', KEYS[4], ARGV[3], ARGV[4])
local old = number - ARGV[5]
local files = redis.call('HGET', KEYS[3], old)
if files then
  redis.call('HDEL', KEYS[2], old)
  redis.call('HDEL', KEYS[3], old)
  for _, digest in ipairs(redis.call('HVALS', KEYS[3])) do
    if digest == files then
      return 1
    end
  end
  redis.call('HDEL', KEYS[4], files)
end
return 1
