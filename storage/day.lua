-- Keeps what was true on a day, and drops the days that are too old by now.
-- KEYS: 1 days; ARGV: 1 day, 2 figures, 3 how many days to keep
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
for _, day in ipairs(redis.call('HKEYS', KEYS[1])) do
    if tonumber(day) <= tonumber(ARGV[1]) - tonumber(ARGV[3]) then
        redis.call('HDEL', KEYS[1], day)
    end
end
return 1
