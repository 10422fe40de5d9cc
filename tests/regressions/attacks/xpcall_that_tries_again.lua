rule {
  name = "attack",
  kind = "check",
  reason = reject.other,
  check = function(order)
    local again = function(message) error(message) end
    xpcall(again, again)
    error({ code = order.quantity })
    assert(false)
    return limit(order.quantity, 1)
  end,
}
--> 6:19: put local functions at the top of the file, outside of the rule
--> 7:5: `xpcall` is not in the language; a rule sees only what it is given
--> 8:5: `error` is not in the language; a rule sees only what it is given
--> 8:11: a rule cannot make tables
--> 9:5: `assert` is not in the language; a rule sees only what it is given
