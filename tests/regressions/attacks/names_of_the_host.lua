rule {
  name = "attack",
  kind = "check",
  reason = reject.other,
  check = function(order)
    riskd_ctx.steps = 1e9
    riskd_over = riskd_abs
    riskd_ctx.order = order
    local waste = riskd_known(riskd_ctx.steps_max)
    return limit(order.quantity, 1)
  end,
}
--> 6:5: a rule changes nothing but its own locals
--> 7:5: `riskd_over` is not a local; write `local riskd_over = ...` first
--> 7:18: there is no `riskd_abs`
--> 8:5: a rule changes nothing but its own locals
--> 8:23: `order` is a view; name a field of it: `order.field`
--> 9:19: there is no `riskd_known`
--> 9:31: there is no `riskd_ctx`
