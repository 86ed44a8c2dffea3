-- Takes from all counters where each has room, and from none otherwise.
-- KEYS: the ban, then the counters. ARGV: the present, then of each counter: amount, limit, life in milliseconds.
-- Returns {0} where all was taken, {-1, until} where the address is banned, {n} where the nth counter has no room.
local ban = tonumber(redis.call('GET', KEYS[1]) or '0')
if ban > tonumber(ARGV[1]) then
  return {-1, ban}
end
for n = 1, #KEYS - 1 do
  local count = tonumber(redis.call('GET', KEYS[n + 1]) or '0')
  if count + tonumber(ARGV[3 * n - 1]) > tonumber(ARGV[3 * n]) then
    return {n}
  end
end
for n = 1, #KEYS - 1 do
  redis.call('INCRBY', KEYS[n + 1], ARGV[3 * n - 1])
  redis.call('PEXPIRE', KEYS[n + 1], ARGV[3 * n + 1])
end
return {0}
