rule {
  name = "attack",
  kind = "check",
  reason = reject.other,
  check = function(order)
    local much = string.rep("x", 1e9)
    local more = ("x"):rep(1e9)
    local most = "x" .. "x"
    return limit(order.quantity, 1)
  end,
}
--> 6:18: `string` is not in the language; a rule sees only what it is given
--> 7:24: the only methods are `params.<steps>:at(...)` and `:across(...)`
--> 8:18: a rule cannot use texts; a limit needs no message
--> 8:22: texts cannot be built in a rule; `..` is not in the language
--> 8:25: a rule cannot use texts; a limit needs no message
