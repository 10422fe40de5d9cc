rule {
  name = "x",
  kind = "check",
  reason = reject.other,
  check = function(order)
    return limit(order.quantity, 1)
}
--> 7:1: expected `end`: nothing may follow `return` or `break`, found `}`
