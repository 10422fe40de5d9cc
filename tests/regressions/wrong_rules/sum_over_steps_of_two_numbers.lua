rule {
  name = "x",
  kind = "check",
  reason = reject.order_exceeds_limit,
  params = { tiers = steps { by = "n", columns = { a = ratio } } },
  check = function(order, params)
    return limit(params.tiers:across(order.notional, 1).a, order.notional)
  end,
}
--> 7:31: `across` takes one number: what to spread over the steps
