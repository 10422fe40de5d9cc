local function f(x)
  return f(x)
end
rule {
  name = "x",
  kind = "check",
  reason = reject.order_exceeds_limit,
  params = { m = money { unit = "account", default = 1 } },
  check = function(order, params)
    return limit(f(order.notional), params.m)
  end,
}
--> 2:10: `f` calls itself; recursion is not in the language
