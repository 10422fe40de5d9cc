rule {
  name = "x",
  kind = "check",
  reason = reject.order_exceeds_limit,
  params = { tiers = steps { by = "n", columns = { a = ratio } } },
  check = function(order, params)
    return limit(params.tiers:across(order.notional).a, params.tiers:at(order.notional).a)
  end,
}
--> 7:18: limit() compares money[account] with ratio
