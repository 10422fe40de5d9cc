rule {
  name = "attack",
  kind = "check",
  reason = reject.other,
  check = function(order)
    for i = 1, 1e9 do local waste = i + order.quantity if waste < 0 then break end end
    return limit(order.quantity, 1)
  end,
}
--> 6:5: `attack` may take 1000000001 steps, this loop 1000000000 of them; the budget of a check
--+ rule is 10000, a tenth of rules.steps_max
