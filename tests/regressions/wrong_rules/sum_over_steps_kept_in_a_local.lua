rule {
  name = "x",
  kind = "check",
  reason = reject.order_exceeds_limit,
  params = { tiers = steps { by = "n", columns = { a = ratio } } },
  check = function(order, params)
    local sums = params.tiers:across(order.notional)
    return limit(sums.a, 1)
  end,
}
--> 7:18: a local holds a number, a flag or a row of steps, not a sum over steps
