local zero = 0
rule {
  name = "attack",
  kind = "check",
  reason = reject.other,
  check = function(order)
    for i = 1, 2, zero do break end
    for i = 1, 2, -0 do break end
    for i = 1, 2, 1e-300 do break end
    return limit(order.quantity, 1)
  end,
}
--> 7:19: a loop with a step of 0 never ends
--> 8:19: a loop with a step of 0 never ends
