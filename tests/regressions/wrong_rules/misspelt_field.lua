rule {
  name = "x",
  kind = "check",
  reason = reject.order_exceeds_limit,
  params = { m = money { unit = "account", default = 1 } },
  check = function(order, instrument, params)
    local gap = abs(order.price - instrument.mark_prise)
    return limit(gap, params.m)
  end,
}
--> 7:46: instrument has no field `mark_prise`; did you mean `mark_price`?
