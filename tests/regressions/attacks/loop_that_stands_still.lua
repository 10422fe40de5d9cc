rule {
  name = "attack",
  kind = "check",
  reason = reject.other,
  check = function(order)
    for i = 9007199254740992, 9007199254740994 do
      if i < order.quantity then break end
    end
    return limit(order.quantity, 1)
  end,
}
--> 6:5: `attack` may take more than 10^15 steps, this loop more than 10^15 of them; the budget of
--+ a check rule is 10000, a tenth of rules.steps_max
