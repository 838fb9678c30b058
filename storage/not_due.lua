-- Takes a customer out of the due set whose profile knows of no due time: it ran out, or was begun anew since.
-- KEYS: 1 profile, 2 due set; ARGV: 1 customer, 2 what the version of a profile with a due time begins with
if redis.call('GETRANGE', KEYS[1], 0, 0) ~= ARGV[2] then
    redis.call('ZREM', KEYS[2], ARGV[1])
end
return 1
