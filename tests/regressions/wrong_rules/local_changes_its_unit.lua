rule {
  name = "x",
  kind = "check",
  reason = reject.order_exceeds_limit,
  params = { m = money { unit = "account", default = 1 } },
  check = function(order, params)
    local worst = order.notional
    worst = order.quantity
    return limit(worst, params.m)
  end,
}
--> 8:5: `worst` is money[account] and cannot become quantity[contracts]
