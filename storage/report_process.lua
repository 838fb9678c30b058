-- Notes that a process runs, and forgets processes that were not heard of for too long.
-- KEYS: 1 processes by the moment at which they are forgotten; ARGV: 1 process, 2 milliseconds until it is forgotten
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', string.format('%.0f', now))
redis.call('ZADD', KEYS[1], string.format('%.0f', now + ARGV[2]), ARGV[1])
return redis.call('ZRANGE', KEYS[1], 0, -1)
