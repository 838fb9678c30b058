-- Keeps an answer under a key for some seconds, unless there is one already: that one is the reply.
-- KEYS: 1 answer; ARGV: 1 answer, 2 seconds
return redis.call('SET', KEYS[1], ARGV[1], 'EX', ARGV[2], 'NX', 'GET')
