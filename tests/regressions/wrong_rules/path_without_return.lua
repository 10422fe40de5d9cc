rule {
  name = "x",
  kind = "check",
  reason = reject.order_exceeds_limit,
  params = { m = money { unit = "account", default = 1 } },
  check = function(order, params)
    if order.reduces then return pass() end
    if order.post_only then return limit(order.notional, params.m) end
  end,
}
--> 9:3: a path through `check` ends without an answer; return limit(used, allowed) or pass()
