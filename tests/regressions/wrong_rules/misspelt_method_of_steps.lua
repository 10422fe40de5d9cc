rule {
  name = "x",
  kind = "check",
  reason = reject.order_exceeds_limit,
  params = { tiers = steps { by = "n", columns = { a = ratio } } },
  check = function(order, params)
    return limit(params.tiers:acros(order.notional).a, order.notional)
  end,
}
--> 7:31: the only methods are `params.<steps>:at(...)` and `:across(...)`
