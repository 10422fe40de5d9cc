rule {
  name = "attack",
  kind = "check",
  reason = reject.other,
  check = function(order)
    string.find(string.rep("a", 100), string.rep("a*", 50) .. "b")
    if order.name:match("(a*)*b") then return pass() end
    return limit(order.quantity, 1)
  end,
}
--> 6:5: `string` is not in the language; a rule sees only what it is given
--> 6:60: texts cannot be built in a rule; `..` is not in the language
--> 7:19: the only methods are `params.<steps>:at(...)` and `:across(...)`
--> 7:25: a rule cannot use texts; a limit needs no message
