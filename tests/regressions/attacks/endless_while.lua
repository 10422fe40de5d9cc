rule {
  name = "attack",
  kind = "check",
  reason = reject.other,
  check = function(order)
    while true do local waste = order.quantity end
    return limit(order.quantity, 1)
  end,
}
--> 6:5: `while` is not in the language; use `for i = first, last do`
