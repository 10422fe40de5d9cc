rule {
  name = "attack",
  kind = "check",
  reason = reject.other,
  check = function(order)
    for i = 1, 1000 do pcall(function() while true do end end) end
    local kept = pcall(order.check)
    return limit(order.quantity, 1)
  end,
}
--> 6:24: `pcall` is not in the language; a rule sees only what it is given
--> 6:30: put local functions at the top of the file, outside of the rule
--> 6:41: `while` is not in the language; use `for i = first, last do`
--> 7:18: `pcall` is not in the language; a rule sees only what it is given
--> 7:30: order has no field `check`
