rule {
  name = "x",
  kind = "check",
  reason = reject.order_exceeds_limit,
  params = { tiers = steps { by = "n", columns = { a = ratio } } },
  check = function(order, params)
    local tier = params.tiers:at(order.notional)
    return limit(tier.b, 1)
  end,
}
--> 8:23: this row has no column `b`; did you mean `a`?
