-- Applies one commit as a whole, or nothing when the profile's version has moved on.
-- KEYS: 1 profile; for a new customer, or when there is more than a profile: 2 histogram, 3 deliveries; with a record:
--       the record; for a new customer: the index of customers; with something to do about older orders: their key; with
--       something to do about the due time: the due set
-- ARGV: 1 version expected, 2 version to give (8 bytes each; zero bytes: none), 3 profile; then, when needed,
--       4 seconds to keep the profile (0: for ever); with more keys than the profile:
--       5 customer, 6 decision id, 7 record, 8 seconds to keep the record (negative: on the chain of those that are
--       kept short), 9 milliseconds to keep deliveries,
--       10 due time (never: no longer; nothing: there was none and is none), 11 number n of histogram changes,
--       12 which of KEYS has the older orders (0: none), 13 what becomes of them ("=" and the new ones, "-" delete,
--       "~" keep as long as the profile), then n times field and change, then the deliveries
-- A stored profile is: version, heads, profile. A stored record is: heads, record. The heads (one byte of length, then
-- the ids of the newest record kept long and the newest kept short, a zero byte in between where there is one of those)
-- chain a customer's records for erase.lua; see record_chain.py.
local head = redis.call('GETRANGE', KEYS[1], 0, 263)
local none = '\0\0\0\0\0\0\0\0'
local version, chain = none, '\0'
if head ~= '' then
    version, chain = string.sub(head, 1, 8), string.sub(head, 9, 9 + string.byte(head, 9))
end
if version == ARGV[2] then
    return 1 -- this very commit, sent again because its answer was lost
end
if version ~= ARGV[1] then
    return 0
end
if #KEYS > 1 then
    if ARGV[6] ~= '' then
        local seconds = math.abs(ARGV[8])
        if redis.call('SET', KEYS[4], chain .. ARGV[7], 'EX', seconds, 'NX') then -- the first answer to an id stays
            local long, short = string.match(string.sub(chain, 2), '^(%Z*)(.*)$')
            local heads = tonumber(ARGV[8]) < 0 and long .. '\0' .. ARGV[6] or ARGV[6] .. short
            chain = string.char(#heads) .. heads
        end
    end
    if version == none then
        redis.call('ZADD', KEYS[ARGV[6] ~= '' and 5 or 4], 0, ARGV[5])
    end
    if ARGV[10] == 'never' then
        redis.call('ZREM', KEYS[#KEYS], ARGV[5])
    elseif ARGV[10] ~= '' then
        redis.call('ZADD', KEYS[#KEYS], ARGV[10], ARGV[5])
    end
    local older, orders = KEYS[tonumber(ARGV[12])], ARGV[13]
    if older then
        if string.sub(orders, 1, 1) == '=' then
            redis.call('SET', older, string.sub(orders, 2))
        elseif orders == '-' then
            redis.call('DEL', older)
        end
        if ARGV[4] ~= '0' then
            redis.call('EXPIRE', older, ARGV[4])
        end
    end
    local last_change = 13 + 2 * ARGV[11]
    for at = 14, last_change, 2 do
        if redis.call('HINCRBY', KEYS[2], ARGV[at], ARGV[at + 1]) == 0 then
            redis.call('HDEL', KEYS[2], ARGV[at])
        end
    end
    if #ARGV > last_change then
        local now = redis.call('TIME')
        local oldest = string.format('%.0f', now[1] * 1000 - ARGV[9])
        for at = last_change + 1, #ARGV do
            redis.call('XADD', KEYS[3], 'MINID', '~', oldest, '*', 'c', ARGV[5], 'd', ARGV[at])
        end
    end
end
local stored = ARGV[2] .. chain .. ARGV[3]
if (ARGV[4] or '0') == '0' then
    redis.call('SET', KEYS[1], stored)
else
    redis.call('SET', KEYS[1], stored, 'EX', ARGV[4])
end
return 1
