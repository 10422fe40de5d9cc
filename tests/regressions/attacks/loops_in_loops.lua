rule {
  name = "attack",
  kind = "check",
  reason = reject.other,
  check = function(order)
    local n = 0
    for a = 1, 100 do for b = 1, 100 do for c = 1, 100 do for d = 1, 100 do for e = 1, 100 do
      n = n + 1
    end end end end end
    if n < order.quantity then return pass() end
    return limit(order.quantity, 1)
  end,
}
--> 7:5: `attack` may take 10101010101 steps, this loop 10101010100 of them; the budget of a check
--+ rule is 10000, a tenth of rules.steps_max
