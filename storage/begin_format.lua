-- Names the profile format of a store in which no customer was ever looked up and no worker ever ran.
-- KEYS: 1 format, 2 erase key, 3 workers, 4 leases; ARGV: 1 format
-- Replies the format that the store names now, nothing where it names none.
local named = redis.call('GET', KEYS[1])
if named then
    return named
end
if redis.call('EXISTS', KEYS[2], KEYS[3], KEYS[4]) > 0 then
    return false
end
redis.call('SET', KEYS[1], ARGV[1])
return ARGV[1]
