-- Makes the index of a partition agree with what is stored: lists a customer who has a profile, and no other.
-- KEYS: 1 profile, 2 index; ARGV: 1 customer
if redis.call('EXISTS', KEYS[1]) == 1 then
    redis.call('ZADD', KEYS[2], 0, ARGV[1])
else
    redis.call('ZREM', KEYS[2], ARGV[1])
end
return 1
