-- Deletes all that is stored of a customer, or nothing when the profile's version has moved on.
-- KEYS: 1 profile, 2 histogram, 3 deliveries, 4 due set, 5 tombstone, 6 index of customers, 7 older orders
-- ARGV: 1 version expected (8 bytes), 2 what the keys of the customer's records begin with (same slot as KEYS),
--       3 customer, 4 the moment, 5 seconds to keep the tombstone,
--       6 number n of histogram changes, then n times field and change, then the customer's ids in the stream
-- The records hang on two chains (see commit.lua). Each ends at the first that is gone: all older ones went before it.
local function heads(stored)
    if stored == '' then
        return '', ''
    end
    return string.match(string.sub(stored, 2, 1 + string.byte(stored, 1)), '^(%Z*)%z?(.*)$')
end

local head = redis.call('GETRANGE', KEYS[1], 0, 263)
local last_change = 6 + 2 * ARGV[6]
if head ~= '' then
    if string.sub(head, 1, 8) ~= ARGV[1] then
        return 0
    end
    local ids = { heads(string.sub(head, 9)) }
    for chain = 1, 2 do
        local id = ids[chain]
        while id ~= '' do
            local record = ARGV[2] .. id
            local before = { heads(redis.call('GETRANGE', record, 0, 255)) }
            redis.call('DEL', record)
            id = before[chain]
        end
    end
    redis.call('DEL', KEYS[1])
    for at = 7, last_change, 2 do
        if redis.call('HINCRBY', KEYS[2], ARGV[at], ARGV[at + 1]) == 0 then
            redis.call('HDEL', KEYS[2], ARGV[at])
        end
    end
end
for at = last_change + 1, #ARGV do
    redis.call('XDEL', KEYS[3], ARGV[at])
end
redis.call('ZREM', KEYS[4], ARGV[3])
redis.call('ZREM', KEYS[6], ARGV[3])
redis.call('DEL', KEYS[7])
local erased = math.max(ARGV[4], redis.call('GET', KEYS[5]) or 0)
redis.call('SET', KEYS[5], string.format('%.0f', erased), 'EX', ARGV[5])
return 1
