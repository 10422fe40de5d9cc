rule {
  name = "x",
  kind = "check",
  reason = reject.order_exceeds_limit,
  params = { tiers = steps { by = "n", columns = { a = ratio } } },
  check = function(order, params)
    return limit(params.tiers:across(order.notional).b, order.notional)
  end,
}
--> 7:54: this row has no column `b`; did you mean `a`?
