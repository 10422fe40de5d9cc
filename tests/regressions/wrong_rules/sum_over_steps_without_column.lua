rule {
  name = "x",
  kind = "check",
  reason = reject.order_exceeds_limit,
  params = { tiers = steps { by = "n", columns = { a = ratio } } },
  check = function(order, params)
    return limit(params.tiers:across(order.notional), 1)
  end,
}
--> 7:18: this is a sum over steps; name a column of it
