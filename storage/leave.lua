-- A worker ends: its partitions are free at once.
-- KEYS: 1 workers by the end of their leases, 2 owner of each partition; ARGV: 1 worker
redis.call('ZREM', KEYS[1], ARGV[1])
local pairs_ = redis.call('HGETALL', KEYS[2])
for at = 1, #pairs_, 2 do
    if pairs_[at + 1] == ARGV[1] then
        redis.call('HDEL', KEYS[2], pairs_[at])
    end
end
return 1
