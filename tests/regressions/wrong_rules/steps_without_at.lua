rule {
  name = "x",
  kind = "check",
  reason = reject.order_exceeds_limit,
  params = { tiers = steps { by = "n", columns = { a = ratio } } },
  check = function(order, params)
    return limit(order.notional, params.tiers)
  end,
}
--> 7:41: `tiers` is steps; find a row with `params.tiers:at(...)`
