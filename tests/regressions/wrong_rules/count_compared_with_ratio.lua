rule {
  name = "x",
  kind = "check",
  reason = reject.order_exceeds_limit,
  params = { r = ratio { default = 1 } },
  check = function(account, params)
    return limit(account.open_orders, params.r)
  end,
}
--> 7:18: limit() compares count with ratio
