-- The ledger of one action: what its recommendations have taken of its limits. One call does one thing as a whole.
-- KEYS: 1 entries (hash: recommendation -> entry), 2 ends (sorted set: recommendation by when its entry runs out or
--       is forgotten), 3 counts (hash: counter -> number)
-- ARGV: 1 what to do, 2 recommendation, 3 holder, 4 now, 5 when it expires, 6 grace, 7 how long what is settled is
--       kept, 8 and 9 how many to put in order on the way and when something is short (times in ms); then
--       to reserve, contact, spend: for each part name, limit, counter, amount, most; to tell what is used: counters
-- An entry is {phase, expires, seen, held, holders}; held: part -> {counter, amount}. The phases: reserved, contact,
-- lapsed (a contact that ran out), spent, closed. `memory_ledger.py` does the same, step by step.
-- Replies 'again' when it has put as many in order as it may and something is still short: call again.
local what, id, holder, now = ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4])
local few, many = tonumber(ARGV[8]), tonumber(ARGV[9])
local counts, changed = {}, {}

local function count(counter)
    if not counts[counter] then
        counts[counter] = tonumber(redis.call('HGET', KEYS[3], counter) or 0)
    end
    return counts[counter]
end

local function add(counter, amount)
    counts[counter] = count(counter) + amount
    changed[counter] = true
end

local function hold(entry, name, counter, amount)
    entry.held[name] = { counter, amount }
    add(counter, amount)
end

local function give(entry, name)
    local part = entry.held[name]
    if part then
        add(part[1], -part[2])
        entry.held[name] = nil
    end
end

local function give_all(entry)
    for name in pairs(entry.held) do
        if name ~= 'contact' or not entry.seen then
            give(entry, name)
        end
    end
end

local function load(of)
    local entry = redis.call('HGET', KEYS[1], of)
    return entry and cmsgpack.unpack(entry)
end

local function keep(of, entry)
    local open = entry.phase == 'reserved' or entry.phase == 'contact'
    redis.call('HSET', KEYS[1], of, cmsgpack.pack(entry))
    redis.call('ZADD', KEYS[2], entry.expires + (open and ARGV[6] or ARGV[7]), of)
end

local function drop(of)
    redis.call('HDEL', KEYS[1], of)
    redis.call('ZREM', KEYS[2], of)
end

local function close(of, entry)
    entry.phase, entry.holders = 'closed', {}
    keep(of, entry)
end

local function take_back(of, entry)
    give_all(entry)
    if entry.seen then
        close(of, entry)
    else
        drop(of)
    end
end

local function run_out(of, entry)
    if entry.phase == 'reserved' then
        take_back(of, entry)
    elseif entry.phase == 'contact' then
        give(entry, 'stock')
        give(entry, 'acceptance')
        entry.phase = 'lapsed'
        keep(of, entry)
    else
        drop(of)
    end
end

local function sweep(most)
    local swept = 0
    while swept < most do -- what has lapsed may have to be forgotten at once
        local found = redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', ARGV[4], 'LIMIT', 0, most - swept)
        for _, of in ipairs(found) do
            run_out(of, load(of))
        end
        swept = swept + #found
        if #found == 0 then
            break
        end
    end
    return swept
end

local function find()
    local ends = redis.call('ZSCORE', KEYS[2], id)
    while ends and tonumber(ends) <= now do
        run_out(id, load(id))
        ends = redis.call('ZSCORE', KEYS[2], id)
    end
    return load(id) or { phase = 'new', expires = 0, seen = false, held = {}, holders = {} }
end

local function short(entry)
    local needed = {}
    for at = 10, #ARGV, 5 do
        local name, counter = ARGV[at], ARGV[at + 2]
        if not entry.held[name] then
            needed[counter] = (needed[counter] or 0) + ARGV[at + 3]
            if count(counter) + needed[counter] > tonumber(ARGV[at + 4]) then
                return ARGV[at + 1]
            end
        end
    end
end

local function take(entry)
    local lacking = short(entry)
    if lacking then
        if sweep(many) == many then
            return 'again'
        end
        lacking = short(entry)
    end
    if not lacking then
        for at = 10, #ARGV, 5 do
            if not entry.held[ARGV[at]] then
                hold(entry, ARGV[at], ARGV[at + 2], tonumber(ARGV[at + 3]))
            end
        end
    end
    return lacking
end

local function reserve()
    sweep(few)
    local entry = find()
    if entry.phase == 'new' or entry.phase == 'closed' or entry.phase == 'lapsed' then
        local lacking = take(entry)
        if lacking then
            return lacking
        end
        give(entry, 'late')
        entry.expires = math.max(entry.expires, ARGV[5], now)
        if entry.phase == 'lapsed' then
            entry.phase = 'contact'
        else
            entry.phase = 'reserved'
            hold(entry, 'reserved', 'reserved', 1)
        end
    end
    if entry.phase == 'reserved' then
        entry.holders[holder] = true
        entry.expires = math.max(entry.expires, ARGV[5])
    end
    keep(id, entry)
    return false
end

local function give_up()
    local entry = load(id)
    if entry and entry.phase == 'reserved' then
        entry.holders[holder] = nil
        if next(entry.holders) then
            keep(id, entry)
        else
            take_back(id, entry)
        end
    end
end

local function advance(phase)
    sweep(few)
    local entry = find()
    if entry.phase == 'new' or entry.phase == 'reserved' or (phase == 'spent' and entry.phase ~= 'spent') then
        local lacking = take(entry)
        if lacking == 'again' then
            return lacking
        end
        give(entry, 'reserved')
        give(entry, 'late')
        if entry.phase ~= 'reserved' and entry.phase ~= 'contact' then -- an acceptance after a late contact is in time
            entry.expires = math.max(entry.expires, ARGV[5], now)
        end
        if lacking then
            hold(entry, 'late', 'late', 1)
        end
        entry.phase, entry.seen, entry.holders = phase, true, {}
        keep(id, entry)
    end
    return entry.held['late'] and 0 or 1
end

local function release()
    local entry = load(id)
    if entry and entry.phase ~= 'closed' then
        give_all(entry)
        close(id, entry)
    end
end

local function withdraw()
    local entry = load(id)
    if entry and entry.phase == 'reserved' then
        take_back(id, entry)
    end
end

local function used()
    if sweep(many) == many then
        return 'again'
    end
    local all = {}
    for at = 10, #ARGV do
        all[#all + 1] = count(ARGV[at])
    end
    return all
end

local reply
if what == 'reserve' then
    reply = reserve()
elseif what == 'give_up' then
    reply = give_up()
elseif what == 'release' then
    reply = release()
elseif what == 'withdraw' then
    reply = withdraw()
elseif what == 'used' then
    reply = used()
else
    reply = advance(what)
end
for counter in pairs(changed) do
    redis.call('HSET', KEYS[3], counter, counts[counter])
end
return reply
