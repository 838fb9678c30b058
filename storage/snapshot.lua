-- Stores a snapshot under the next number and drops the one that is then too old.
-- KEYS: 1 number, 2 snapshots; ARGV: 1 snapshot, 2 how many to keep
local number = redis.call('INCR', KEYS[1])
redis.call('HSET', KEYS[2], number, ARGV[1])
redis.call('HDEL', KEYS[2], number - ARGV[2])
return number
