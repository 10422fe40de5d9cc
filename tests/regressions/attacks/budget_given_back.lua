rule {
  name = "attack",
  kind = "check",
  reason = reject.other,
  check = function(order)
    order.steps = 1e9
    ctx.steps = ctx.steps_max
    local steps = steps_max
    return limit(order.quantity, 1)
  end,
}
--> 6:5: a rule changes nothing but its own locals
--> 7:5: a rule changes nothing but its own locals
--> 7:17: there is no `ctx`
--> 8:19: there is no `steps_max`
