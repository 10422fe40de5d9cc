rule {
  name = "attack",
  kind = "check",
  reason = reject.other,
  check = function(order)
    getmetatable("").__index = function() return order end
    rawset(getmetatable("x"), "__index", order)
    local waste = ("x").anything
    return limit(order.quantity, 1)
  end,
}
--> 6:5: a rule changes nothing but its own locals
--> 6:32: put local functions at the top of the file, outside of the rule
--> 7:5: `rawset` is not in the language; a rule sees only what it is given
--> 7:12: `getmetatable` is not in the language; a rule sees only what it is given
--> 7:25: a rule cannot use texts; a limit needs no message
--> 7:31: a rule cannot use texts; a limit needs no message
--> 8:20: a rule cannot use texts; a limit needs no message
