-- Renews a worker's lease, and gives it its share of the partitions: those that it has, and those that nobody has.
-- KEYS: 1 workers by the end of their leases, 2 owner of each partition
-- ARGV: 1 worker, 2 milliseconds that the lease lasts, 3 number of partitions
-- Replies the partitions that the worker has now. Who has more than a fair share gives up the rest.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', string.format('%.0f', now))
redis.call('ZADD', KEYS[1], string.format('%.0f', now + ARGV[2]), ARGV[1])
local workers = redis.call('ZRANGE', KEYS[1], 0, -1)
local live = {}
for _, worker in ipairs(workers) do
    live[worker] = true
end
local owners = {}
local pairs_ = redis.call('HGETALL', KEYS[2])
for at = 1, #pairs_, 2 do
    owners[pairs_[at]] = pairs_[at + 1]
end
local share = math.ceil(ARGV[3] / #workers)
local mine, free = {}, {}
for partition = 0, ARGV[3] - 1 do
    local name = tostring(partition)
    local owner = owners[name]
    if owner == ARGV[1] and #mine < share then
        mine[#mine + 1] = partition
    elseif owner == ARGV[1] then
        redis.call('HDEL', KEYS[2], name)
    elseif not owner or not live[owner] then
        free[#free + 1] = partition
    end
end
for at = 1, math.min(#free, share - #mine) do
    redis.call('HSET', KEYS[2], tostring(free[at]), ARGV[1])
    mine[#mine + 1] = free[at]
end
return mine
