-- Gives back what was not used, and raises counters to what the exchange reported.
-- KEYS: counters. ARGV: of each: the amount to give back, what was reported (0 for nothing), life in milliseconds.
for n = 1, #KEYS do
  local count = tonumber(redis.call('GET', KEYS[n]) or '0')
  local left = math.max(count - tonumber(ARGV[3 * n - 2]), tonumber(ARGV[3 * n - 1]), 0)
  if left ~= count then
    redis.call('SET', KEYS[n], string.format('%.0f', left), 'PX', ARGV[3 * n])
  end
end
