rule {
  name = "x",
  kind = "check",
  check = function(order)
    return limit(order.quantity, 1)
  end,
}
--> 1:1: a check rule needs a `reason`, such as reject.order_exceeds_limit
